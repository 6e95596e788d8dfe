import { parseEndSessionRequest, parseIdTokenHint } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { seeOther } from '../http/answer.ts'
import { beginLogout } from '../logouts.ts'
import { accept } from '../refused.ts'
import { readRequest, sentWithoutCookies, spelled } from './authorize.ts'

/** What happens at /end_session. A hint that is none of ours counts for nothing: the user is asked. @spec OpenID Connect RP-Initiated Logout §2 */
export async function endSession(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const form = accept(await readRequest(http))
  if (http.method === 'POST' && sentWithoutCookies(exchange)) return seeOther(`${server.endpoints.end_session_endpoint}?${spelled(form)}`)
  const request = accept(parseEndSessionRequest(form))
  const { id_token_hint, client_id } = request
  const claims = id_token_hint === undefined ? undefined : await server.keys.verify(id_token_hint, 'JWT')
  const hint = parseIdTokenHint(claims, server.catalogue.issuer, client_id)
  return beginLogout(request, hint, exchange)
}
