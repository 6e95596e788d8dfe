import type { SigningAlgorithm } from '@latchkey/core'

/** A public key as JWK Set members are published. @spec RFC 7517 §4 */
export type PublicJwk = Readonly<Record<string, unknown>> & { readonly kid: string; readonly alg: string; readonly kty: string }

/** The keys of an authorization server. */
export interface Keys {
  /** The algorithms for which there is a key to sign with. */
  readonly algorithms: readonly SigningAlgorithm[]
  /** A signed JWT with these claims. `typ` is its media type, as in `at+jwt`. @spec RFC 7515 §7.1, RFC 8725 §3.11 */
  sign(alg: SigningAlgorithm, typ: string, claims: Readonly<Record<string, unknown>>): Promise<string> | string
  /** The claims of a JWT that one of our keys signed for this `typ`, `undefined` for every other text. Times are not looked at. */
  verify(jwt: string, typ: string): Promise<Readonly<Record<string, unknown>> | undefined>
  /** A seal that only this server can make: 43 base64url characters. @spec RFC 2104 */
  seal(text: string): string
  /**
   * A value that only this server can derive from a text, and derives for ever: no rotation of keys changes it. 43 base64url characters.
   * @spec OpenID Connect Core §8.1
   */
  derive(text: string): string
  /** The public keys that verifiers may need. */
  published(): Promise<readonly PublicJwk[]> | readonly PublicJwk[]
}
