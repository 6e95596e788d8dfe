declare const brand: unique symbol

/** A string or number that has been parsed: only the parser named for it makes one. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A point in time: whole seconds since 1970-01-01T00:00:00Z, as JWT's NumericDate. */
export type Instant = number

/** A length of time in whole seconds. */
export type Seconds = number

/** The URL that names an authorization server, compared byte for byte. */
export type Issuer = Brand<string, 'Issuer'>

/** A redirect URI that its client has registered. */
export type RedirectUri = Brand<string, 'RedirectUri'>

/** SHA-256 of a secret, in base64url: what is kept in place of the secret. */
export type Digest = Brand<string, 'Digest'>

/** Marks the branch of a `switch` that the compiler has proved empty. */
export function unreachable(x: never): never {
  throw new Error(`unreachable: ${String(x)}`)
}
