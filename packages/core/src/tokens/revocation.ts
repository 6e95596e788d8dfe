import { type Attempt, attempt } from '../attempt.ts'
import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { refuse, type Refusal } from '../decision.ts'
import { find } from '../needs.ts'
import { amend, insert, type Row, type Write } from '../records.ts'
import type { VerifiedAccessToken } from './bearer.ts'
import { parseRefreshToken, refreshTokenNeeds } from './refresh-token.ts'

/** The writes that end an authorization, and with it everything that descends from it. @spec RFC 6749 §4.1.2, RFC 7009 §2.1 */
export function revoke(authorization: Row<'authorization'> | undefined, now: Instant): readonly Write[] {
  return authorization === undefined || authorization.revokedAt !== undefined ? [] : [amend(authorization, { revokedAt: now })]
}

/** A token is dead from now on, or was never alive. */
export interface Revoked {
  readonly kind: 'revoked'
  readonly writes: readonly Write[]
}

/** The key of the mark that says an access token was revoked before its end. */
export function revokedMark({ claims }: VerifiedAccessToken): string {
  return `revoked ${String(claims.jti ?? '')}`
}

/** A client gives up a refresh token, and with it all that descends from the sign-in. A token that is none of ours is dead already. @spec RFC 7009 §2.1, §2.2 */
export function revokeRefreshToken(text: string, client: Client): Attempt<Revoked> {
  return attempt(refreshTokenNeeds(parseRefreshToken(text)), ({ genuine, family, authorization }, { now }): Revoked | Refusal => {
    if (!genuine || family === undefined) return { kind: 'revoked', writes: [] }
    if (family.client_id !== client.client_id) return refuse('token_of_another_client', { client_id: client.client_id, issued_to: family.client_id })
    return { kind: 'revoked', writes: revoke(authorization, now) }
  })
}

/** A client gives up an access token; it is remembered as revoked until its end. @spec RFC 7009 §2.1 */
export function revokeAccessToken(token: VerifiedAccessToken, client: Client): Attempt<Revoked> {
  const key = revokedMark(token)
  return attempt({ mark: find('mark', key) } as const, ({ mark }, { now }): Revoked | Refusal => {
    if (token.client_id !== client.client_id) return refuse('token_of_another_client', { client_id: client.client_id, issued_to: token.client_id })
    return { kind: 'revoked', writes: mark === undefined && token.exp > now ? [insert('mark', key, { expiresAt: token.exp })] : [] }
  })
}
