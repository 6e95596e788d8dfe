import { digest } from '../digest.ts'

/** What a `session_state` vouches for. */
export interface ObservedSession {
  readonly client_id: string
  /** The origin of the redirect URI. */
  readonly origin: string
  /** The value of the browser's state cookie. */
  readonly browserState: string
  /** A text that is new each time. */
  readonly salt: string
}

/** The `session_state` of an authentication response, which the page at `/check_session` computes again. @spec OpenID Connect Session Management §2, §3.2 */
export function sessionState({ client_id, origin, browserState, salt }: ObservedSession): string {
  return `${digest(`${client_id} ${origin} ${browserState} ${salt}`)}.${salt}`
}

/** What the server seals for the browser's state: it changes with the session, and tells nothing about it. */
export function browserStateOf(sid: string): string {
  return `browser_state ${sid}`
}
