import { digest, isRefusal, push, PUSHED_REQUEST_PREFIX, type Refusal, refuse } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { authenticateClient } from '../client-of.ts'
import { json } from '../http/answer.ts'
import { queryOf, readForm } from '../http/form.ts'
import { drawSecret } from '../ports/random.ts'
import { accept } from '../refused.ts'
import { askedByPush } from '../request/asked.ts'
import { settle } from '../settle.ts'
import { understood } from './authorize.ts'

/** What happens at /par: all that /authorize would refuse is refused here. @spec RFC 9126 §2 */
export async function pushedAuthorizationRequest(exchange: Exchange): Promise<Response> {
  const { http, server, trace, endpoint } = exchange
  if (queryOf(http) !== '') accept(refuse('parameters_in_query'))
  const form = accept(await readForm(http))
  const client = accept(await authenticateClient(form, exchange))
  const asked = accept(toldHere(await askedByPush(form, client, server)))
  accept(toldHere(await understood(asked, client, server)))
  const secret = drawSecret(server.random)
  const { expires_in } = accept(await settle(push(asked, client, digest(secret)), server))
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id: client.client_id, issued: ['request_uri'] })
  return json(201, { request_uri: `${PUSHED_REQUEST_PREFIX}${secret}`, expires_in })
}

/** There is no browser yet to send anywhere: the client reads the refusal itself. @spec RFC 9126 §2.3 */
function toldHere<T>(value: T | Refusal): T | Refusal {
  if (!isRefusal(value)) return value
  const { returnTo: _, ...refusal } = value
  return refusal
}
