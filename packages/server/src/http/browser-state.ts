import { type AuthorizationRequest, browserStateOf, type IssuingSession, sessionState } from '@latchkey/core'
import type { AuthorizationServer, Exchange } from '../authorization-server.ts'
import { drawName } from '../ports/random.ts'

/** The `session_state` of an authentication response; none for an answer that is none, or that no page of a site gets. @spec OpenID Connect Session Management §2 */
export function sessionStateFor({ client_id, scope, returnTo }: AuthorizationRequest, { sid }: IssuingSession, { keys, random }: AuthorizationServer): string | undefined {
  const { origin, protocol } = new URL(returnTo.redirect_uri)
  if (!scope.includes('openid') || !protocol.startsWith('http')) return undefined
  return sessionState({ client_id, origin, browserState: keys.seal(browserStateOf(sid)), salt: drawName(random) })
}

/** The cookie that lets the browser's state follow the session; none when the browser has it already. @spec OpenID Connect Session Management §3.2 */
export function stateCookies({ sid, expiresAt }: Pick<IssuingSession, 'sid' | 'expiresAt'>, { http, server }: Exchange): readonly string[] {
  const state = server.keys.seal(browserStateOf(sid))
  return server.cookies.read(http, 'state') === state ? [] : [server.cookies.write('state', state, expiresAt - server.clock())]
}
