import type { Digest, Instant } from '../brand.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import type { ClientAuthenticationMethod } from '../registry/authentication-methods.ts'
import type { GrantType } from '../registry/grant-types.ts'
import type { ResponseType } from '../registry/response-types.ts'
import type { ClientPolicy, Profile } from './policy.ts'

/** A client secret as it is kept: by digest, since machines make secrets too long to guess. */
export interface ClientSecret {
  readonly digest: Digest
  readonly expiresAt?: Instant
}

/** A registered client: its metadata under the registered names, and our policy for it. @spec RFC 7591 §2 */
export interface Client {
  readonly client_id: string
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly application_type: 'web' | 'native'
  readonly token_endpoint_auth_method: ClientAuthenticationMethod
  readonly redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly response_types: readonly ResponseType[]
  /** The scope names that the client may ask for. */
  readonly scope: readonly string[]
  readonly allowed_cors_origins: readonly string[]
  readonly id_token_signed_response_alg: SigningAlgorithm
  readonly secrets: readonly ClientSecret[]
  readonly profile: Profile
  readonly policy: ClientPolicy
}

/** Whether the client has no way to prove who it is. @spec RFC 6749 §2.1 */
export function isPublic(client: Client): boolean {
  return client.token_endpoint_auth_method === 'none'
}
