import type { Instant, Issuer, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import type { LogoutDelivery } from '../records.ts'

/** The media type of logout tokens, by which none can be taken for an ID Token. @spec OpenID Connect Back-Channel Logout §2.4 */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt'
/** The member of `events` that says what happened. @spec OpenID Connect Back-Channel Logout §2.4 */
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const LIFETIME: Seconds = 120

/** The claims of the token that tells a client of a logout; user and session are called what the client calls them. @spec OpenID Connect Back-Channel Logout §2.4 */
export function logoutTokenClaims({ sub, sid }: Pick<LogoutDelivery, 'sub' | 'sid'>, client: Client, issuer: Issuer, { now, jti }: { readonly now: Instant; readonly jti: string }): Readonly<Record<string, unknown>> {
  return { iss: issuer, aud: client.client_id, iat: now, exp: now + LIFETIME, jti, sub, sid, events: { [LOGOUT_EVENT]: {} } }
}
