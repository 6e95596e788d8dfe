import type { Instant, KeyState, Seconds, SigningAlgorithm } from '@latchkey/core'

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
  /** For how long verifiers may keep what is published: less than any key is published before it signs. Five minutes unless told. */
  readonly publishedFor?: Seconds
  /** What an operator can do with the keys, where this server keeps them itself. */
  readonly rotation?: KeyRotation
}

/** A signing key as an operator sees it. */
export interface ListedKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly state: KeyState
  readonly createdAt: Instant
  /** When it begins to sign. */
  readonly signsAt: Instant
  /** When its successor begins to sign, once that is settled. */
  readonly retiresAt?: Instant
  /** When it is deleted, and what it signed is not accepted any more. */
  readonly expiresAt?: Instant
}

/** What an operator can do with signing keys. All of it reaches every server on the same store. */
export interface KeyRotation {
  /** The keys that are published, by algorithm and age. */
  list(): Promise<readonly ListedKey[]>
  /**
   * Announces a successor for each key that signs, or for that of one algorithm; with `now` the successor signs at once. Answers the keys
   * afterwards. Rejects with a `RangeError` for an algorithm that the server does not sign with.
   */
  rotate(alg?: SigningAlgorithm, options?: { readonly now?: boolean }): Promise<readonly ListedKey[]>
  /**
   * Ends the signing of a key; what it signed stays good. With `compromised` the key is deleted at once, and what it signed is refused from
   * then on. Answers the keys afterwards. Rejects with a `RangeError` when no published key has this name.
   */
  retire(kid: string, options?: { readonly compromised?: boolean }): Promise<readonly ListedKey[]>
  /** Learns what other servers did, and does what is due. A server does this by itself while it signs; one that rests may want a timer. */
  refresh(): Promise<void>
}
