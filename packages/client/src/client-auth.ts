import { ClientSecretBasic, ClientSecretJwt, ClientSecretPost, PrivateKeyJwt, type ClientAuth } from 'oauth4webapi'

/** A way for a client to prove who it is at the issuer; made by one of the functions beside it. */
export type { ClientAuth }

/** The secret in the `Authorization` header. @spec RFC 6749 §2.3.1 */
export function clientSecretBasic(client_secret: string): ClientAuth {
  return ClientSecretBasic(client_secret)
}

/** The secret in the request body. @spec RFC 6749 §2.3.1 */
export function clientSecretPost(client_secret: string): ClientAuth {
  return ClientSecretPost(client_secret)
}

/** An assertion under the secret, which itself stays at home. @spec OpenID Connect Core §9 */
export function clientSecretJwt(client_secret: string): ClientAuth {
  return ClientSecretJwt(client_secret)
}

/** A private key, and the name that the issuer knows its public half by. */
export interface SigningKey {
  readonly key: CryptoKey
  readonly kid?: string
}

/** An assertion under a private key, whose audience is the issuer and nobody else. @spec OpenID Connect Core §9, RFC 7523 §2.2 */
export function privateKeyJwt(key: CryptoKey | SigningKey): ClientAuth {
  return PrivateKeyJwt(key)
}

/** No secret: a public client, which only names itself. @spec RFC 7591 §2 */
export function none(): ClientAuth {
  return (_server, { client_id }, body) => body.set('client_id', client_id)
}
