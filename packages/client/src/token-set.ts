import type { IdTokenClaims } from '@latchkey/core/relying-party'

/** An access token and what is known of it. */
export interface AccessToken {
  readonly token: string
  readonly type: 'Bearer' | 'DPoP'
  /** Seconds since the epoch, by this machine's clock; `Number.MAX_SAFE_INTEGER` when the issuer does not tell. */
  readonly expiresAt: number
  readonly scope: readonly string[]
}

/** What a token endpoint granted, stamped with where it came from; it is plain JSON and is never sent to another issuer. */
export interface TokenSet {
  readonly issuer: string
  readonly clientId: string
  readonly accessToken: AccessToken
  readonly refreshToken?: string
  readonly idToken?: string
  /** The claims of the ID Token, all of them judged. */
  readonly claims?: IdTokenClaims
}
