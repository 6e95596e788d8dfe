import type { SigningAlgorithm, TrustedAssertions } from '@latchkey/core'
import type { PublicJwk } from '../ports/keys.ts'

/** An issuer whose assertions are believed, with its keys: either the keys themselves or the address where it publishes them. */
export interface TrustedIssuer extends TrustedAssertions {
  /** Its public keys. @spec RFC 7517 §5 */
  readonly jwks?: { readonly keys: readonly TrustedJwk[] } | undefined
  /** Where it publishes them: https, or http on a loopback address. No redirect is followed. */
  readonly jwks_uri?: string | undefined
  /** The algorithms that it signs with; ES256, RS256, PS256 and EdDSA unless told. */
  readonly algorithms?: readonly SigningAlgorithm[] | undefined
}

/** A public key of an issuer. @spec RFC 7517 §4 */
export type TrustedJwk = Readonly<Record<string, unknown>> & Pick<PublicJwk, 'kty'>

/** Which algorithms an issuer may sign with unless its entry names others. */
export const TRUSTED_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519']
