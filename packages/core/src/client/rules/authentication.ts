import { ASSERTION_ALGORITHMS, CLIENT_AUTHENTICATION_METHODS } from '../../registry/authentication-methods.ts'
import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import type { ClientMetadata } from '../registration.ts'
import { isWebAddress } from './identity.ts'

const SHORTEST_SECRET = 32
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** What is wrong with how a client proves who it is. @spec RFC 7591 §2 */
export function methodRule({ token_endpoint_auth_method: method, profile }: Client): readonly Finding[] {
  const methods: readonly string[] = CLIENT_AUTHENTICATION_METHODS
  return [
    ...when(!methods.includes(method), 'token_endpoint_auth_method', `${method} is not supported`, `use one of ${methods.join(', ')}`),
    ...when(profile === 'fapi2', 'profile', 'fapi2 is not available yet', 'use oauth21'),
  ]
}

/** What is wrong with the secrets of a client. @spec RFC 6749 §10.10 */
export function secretRule({ token_endpoint_auth_method: method, secrets }: Client, metadata: ClientMetadata): readonly Finding[] {
  const clear = [metadata.client_secret, ...(metadata.secrets ?? []).map(({ secret }) => secret)].filter((secret) => secret !== undefined)
  const needsSecret = method.startsWith('client_secret')
  return [
    ...when(needsSecret && secrets.length === 0, 'client_secret', `${method} needs a secret and there is none`, 'add client_secret, or use token_endpoint_auth_method none for a public client'),
    ...when(!needsSecret && secrets.length > 0, 'client_secret', `a client with token_endpoint_auth_method ${method} has no use for a secret`, 'remove the secret, or use client_secret_basic'),
    ...when(clear.some((secret) => secret.length < SHORTEST_SECRET), 'client_secret', `is shorter than ${SHORTEST_SECRET} characters and could be guessed`, 'let `latchkey client add` make one, or use `openssl rand -hex 32`'),
    ...when(secrets.some((secret) => !/^[A-Za-z0-9_-]{43}$/.test(secret.digest)), 'secrets', 'a secret has neither a text nor a digest of 43 base64url characters', 'give each entry a secret or a digest'),
  ]
}

/** What is wrong with how a client signs its assertions. @spec OpenID Connect Dynamic Client Registration §2 */
export function assertionRule({ token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg, jwks, jwks_uri, secrets }: Client): readonly Finding[] {
  const algorithms: readonly string[] | undefined = method === 'private_key_jwt' || method === 'client_secret_jwt' ? ASSERTION_ALGORITHMS[method] : undefined
  return [
    ...when(method === 'private_key_jwt' && jwks_uri === undefined && (jwks === undefined || jwks.keys.length === 0), 'jwks', 'private_key_jwt needs a public key and there is none', 'add jwks or jwks_uri'),
    ...when(method === 'client_secret_jwt' && secrets.some(({ text }) => text === undefined), 'secrets', 'client_secret_jwt signs with the secret, which a digest does not tell', 'write the secret itself, or use private_key_jwt'),
    ...when(alg !== undefined && algorithms !== undefined && !algorithms.includes(alg), 'token_endpoint_auth_signing_alg', `${alg} does not go with ${method}`, `use one of ${algorithms?.join(', ')}`),
  ]
}

/** What is wrong with the public keys of a client. @spec RFC 7591 §2, RFC 7517 §9.2 */
export function keyRule({ jwks, jwks_uri }: Client): readonly Finding[] {
  return [
    ...when(jwks !== undefined && jwks_uri !== undefined, 'jwks', 'stands beside jwks_uri', 'keep one of them'),
    ...when(jwks?.keys.some((key) => typeof key.kty !== 'string') === true, 'jwks', 'holds something that is no key', 'write JWKs, each with its kty'),
    ...when(jwks?.keys.some((key) => PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name))) === true, 'jwks', 'holds a private or symmetric key', 'keep only the public members'),
    ...when(jwks_uri !== undefined && !isWebAddress(jwks_uri), 'jwks_uri', 'is neither https nor http on this machine', 'use the https address of its keys'),
  ]
}
