import type { Exchange } from '../authorization-server.ts'
import { checkSessionPage } from '../http/check-session-page.ts'

/** What happens at /check_session. @spec OpenID Connect Session Management §3.2 */
export function checkSession({ server }: Exchange): Promise<Response> {
  return Promise.resolve(checkSessionPage(server.cookies.nameOf('state')))
}
