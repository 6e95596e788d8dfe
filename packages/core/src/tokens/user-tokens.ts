import type { Account } from '../account.ts'
import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import type { Issue } from '../decision.ts'
import type { Authorization } from '../records.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { accessToken } from './access-token.ts'
import { idToken } from './id-token.ts'
import { beginFamily, mayRefresh } from './refresh-family.ts'
import { idTokenUserClaims } from './user-claims.ts'

/** What a client gets tokens for: an authorization by its id, the user behind it, and what of it is asked for now. */
export interface Entitlement {
  readonly authorization: Authorization
  /** The key of the authorization. */
  readonly id: string
  readonly account: Account
  /** The resources that the token request names, none for all that were approved. */
  readonly resource: readonly string[]
  readonly nonce?: string | undefined
}

/** The first tokens of an authorization: an access token, a refresh token if it may last, and an ID Token for openid. @spec RFC 6749 §4.1.4, OpenID Connect Core §3.1.3.3 */
export function userTokens(entitlement: Entitlement, client: Client, catalogue: Catalogue, now: Instant): Pick<Issue, 'accessToken' | 'refreshToken' | 'idToken'> {
  const { authorization, id, account, resource, nonce } = entitlement
  const subject = { sub: authorization.sub, authorization: id, authentication: authorization, claims: authorization.claims }
  const claims = idTokenUserClaims(account, authorization, authorization.scope, client)
  return {
    accessToken: accessToken(subject, client, authorization.scope, resource.length > 0 ? resource : authorization.resource, catalogue, now),
    ...(mayRefresh(authorization, client) ? { refreshToken: beginFamily(authorization, id, client, now) } : {}),
    ...(authorization.scope.includes('openid') ? { idToken: idToken(authorization, client, catalogue, now, { nonce, claims }) } : {}),
  }
}
