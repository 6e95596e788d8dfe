import type { AcceptedTokenResponse, IdTokenClaims } from '@latchkey/core/relying-party'

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

/** Puts an accepted token response together; what a refresh leaves out stays as it was. */
export function tokenSetOf(response: AcceptedTokenResponse, { issuer, clientId, sentAt, claims, previous }: {
  readonly issuer: string
  readonly clientId: string
  /** Seconds since the epoch at which the request left, so that a slow answer never makes a token look younger. */
  readonly sentAt: number
  readonly claims?: IdTokenClaims | undefined
  readonly previous?: TokenSet | undefined
}): TokenSet {
  const { access_token: token, token_type: type, expires_in, scope, refresh_token, id_token } = response
  return {
    ...previous,
    issuer,
    clientId,
    accessToken: { token, type, expiresAt: expires_in === undefined ? Number.MAX_SAFE_INTEGER : sentAt + expires_in, scope },
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(id_token !== undefined && { idToken: id_token }),
    ...(claims !== undefined && { claims }),
  }
}
