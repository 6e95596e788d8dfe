import { requestDevice, spellUserCode } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { json } from '../http/answer.ts'
import { readForm } from '../http/form.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

const LONGEST_SEEN = 120

/** What happens at /device_authorization. @spec RFC 8628 §3.1, §3.2 */
export async function deviceAuthorization(exchange: Exchange): Promise<Response> {
  const { http, server, trace, endpoint } = exchange
  const form = accept(await readForm(http))
  const client = accept(await authenticateClient(form, exchange))
  const attempt = accept(requestDevice(form, client, server.catalogue, seenIn(http)))
  const { device_code, user_code } = accept(await settle(attempt, server))
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id: client.client_id, issued: ['device_code'] })
  if (user_code === undefined) throw new Error('a device code was issued without a user code')
  const verification_uri = `${server.catalogue.issuer}${server.pages.path('device')}`
  const spelled = spellUserCode(user_code)
  const { deviceCodeLifetime: expires_in, pollingInterval: interval } = client.policy
  return json(200, { device_code, user_code: spelled, verification_uri, verification_uri_complete: `${verification_uri}?user_code=${spelled}`, expires_in, interval })
}

/** How the user may recognise the device: what it says it is, in plain characters. */
function seenIn(http: Request): string | undefined {
  const text = (http.headers.get('user-agent') ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, LONGEST_SEEN).trim()
  return text === '' ? undefined : text
}
