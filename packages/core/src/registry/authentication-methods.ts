/** @spec RFC 7591 §2, OpenID Connect Core §9 */
export const CLIENT_AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'] as const
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]

/** The algorithms by which each method may sign an assertion. @spec OpenID Connect Core §9, RFC 7518 §3.1 */
export const ASSERTION_ALGORITHMS = {
  client_secret_jwt: ['HS256', 'HS384', 'HS512'],
  private_key_jwt: ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512', 'Ed25519'],
} as const satisfies Partial<Record<ClientAuthenticationMethod, readonly string[]>>

/** The type of an assertion by which a client authenticates. @spec RFC 7523 §2.2 */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
