import { type Attempt, attempt } from '../attempt.ts'
import type { Issuer } from '../brand.ts'
import { refuse } from '../decision.ts'
import { accountOf, find } from '../needs.ts'
import type { VerifiedAccessToken } from './bearer.ts'
import { revokedMark } from './revocation.ts'
import { type ClaimTrace, traceClaims, userClaims } from './user-claims.ts'

/** The claims that userinfo tells. */
export interface Told {
  readonly kind: 'told'
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string }
  /** Which rule told or dropped each claim. */
  readonly trace: readonly ClaimTrace[]
  readonly writes: readonly []
}

/** What the user allowed this token to know of them. @spec OpenID Connect Core §5.3 */
export function userinfo(token: VerifiedAccessToken, issuer: Issuer): Attempt<Told> {
  const needs = { authorization: find('authorization', token.authorization ?? ''), account: accountOf('authorization'), revoked: find('mark', revokedMark(token)) } as const
  return attempt(needs, ({ authorization, account, revoked }, { now }) => {
    if (!(token.exp > now)) return refuse('access_token_expired', { age: now - token.exp })
    if (token.authorization === undefined && !token.scope.includes('openid')) return refuse('access_token_scope', { client_id: token.client_id })
    if (revoked !== undefined || authorization === undefined || authorization.revokedAt !== undefined || account?.active !== true) return refuse('access_token_revoked', { sub: token.sub })
    if (!authorization.scope.includes('openid')) return refuse('access_token_scope', { client_id: token.client_id })
    // The scope of a token for another resource never has openid, so that what is wrong with it is its audience.
    if (!token.aud.includes(issuer)) return refuse('access_token_audience', { aud: token.aud })
    if (!token.scope.includes('openid')) return refuse('access_token_scope', { client_id: token.client_id })
    return { kind: 'told', claims: { ...userClaims(account, token.scope, authorization.claimsRequest?.userinfo), sub: token.sub }, trace: traceClaims(account, token.scope, authorization.claimsRequest?.userinfo), writes: [] }
  })
}
