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
  const refreshToken = response.refresh_token ?? previous?.refreshToken
  const idToken = response.id_token ?? previous?.idToken
  const known = claims ?? previous?.claims
  return {
    issuer,
    clientId,
    accessToken: {
      token: response.access_token,
      type: response.token_type,
      expiresAt: response.expires_in === undefined ? Number.MAX_SAFE_INTEGER : sentAt + response.expires_in,
      scope: response.scope,
    },
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(known !== undefined && { claims: known }),
  }
}
