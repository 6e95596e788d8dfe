import type { Digest, Instant, Seconds } from '../brand.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import type { ClientAuthenticationMethod } from '../registry/authentication-methods.ts'
import type { ContentEncryption, KeyEncryption } from '../registry/encryption.ts'
import type { GrantType } from '../registry/grant-types.ts'
import type { ResponseType } from '../registry/response-types.ts'
import type { ClientPolicy, Profile } from './policy.ts'

/** A client secret as it is kept: by digest, since machines make secrets too long to guess. */
export interface ClientSecret {
  readonly digest: Digest
  readonly expiresAt?: Instant
  /** The secret itself, only where the client signs with it. @spec OpenID Connect Core §9 */
  readonly text?: string
}

/** A public key of a client. @spec RFC 7517 §4 */
export type ClientJwk = Readonly<Record<string, unknown>> & { readonly kty: string }

/** What people and operators read about a client; the protocol does nothing with it. @spec RFC 7591 §2 */
export interface ClientDescription {
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly contacts?: readonly string[]
  readonly software_id?: string
  readonly software_version?: string
  /** A note for operators. */
  readonly description?: string
  /** Whatever an application wants to keep with its client. */
  readonly properties?: Readonly<Record<string, string>>
}

/** Members of a registration that are the same as written and as read. @spec OpenID Connect Dynamic Client Registration §2, RFC 7591 §2 */
export interface ClientOptions extends ClientDescription {
  /** Its public keys, or where it publishes them. Never both. */
  readonly jwks?: { readonly keys: readonly ClientJwk[] }
  readonly jwks_uri?: string
  /** The one algorithm that its assertions are signed with; without it, each that the method can have. */
  readonly token_endpoint_auth_signing_alg?: string
  readonly userinfo_signed_response_alg?: SigningAlgorithm
  readonly id_token_encrypted_response_alg?: KeyEncryption
  readonly id_token_encrypted_response_enc?: ContentEncryption
  readonly userinfo_encrypted_response_alg?: KeyEncryption
  readonly userinfo_encrypted_response_enc?: ContentEncryption
  readonly request_object_signing_alg?: string
  /** Where its request objects may be fetched. */
  readonly request_uris?: readonly string[]
  readonly sector_identifier_uri?: string
  /** In seconds. */
  readonly default_max_age?: Seconds
  readonly default_acr_values?: readonly string[]
  readonly initiate_login_uri?: string
  readonly frontchannel_logout_uri?: string
  readonly backchannel_logout_uri?: string
  /** Claims about the client itself for its access tokens. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A registered client: its metadata under the registered names, and our policy for it. @spec RFC 7591 §2 */
export interface Client extends ClientOptions {
  readonly client_id: string
  /** Whether it may do anything at all. */
  readonly enabled: boolean
  readonly application_type: 'web' | 'native'
  readonly token_endpoint_auth_method: ClientAuthenticationMethod
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly response_types: readonly ResponseType[]
  /** The scope names that the client may ask for. */
  readonly scope: readonly string[]
  readonly allowed_cors_origins: readonly string[]
  readonly id_token_signed_response_alg: SigningAlgorithm
  readonly subject_type: 'public' | 'pairwise'
  readonly require_auth_time: boolean
  readonly require_pushed_authorization_requests: boolean
  readonly require_signed_request_object: boolean
  readonly frontchannel_logout_session_required: boolean
  readonly backchannel_logout_session_required: boolean
  readonly secrets: readonly ClientSecret[]
  readonly profile: Profile
  readonly policy: ClientPolicy
}

/** Whether the client has no way to prove who it is. @spec RFC 6749 §2.1 */
export function isPublic(client: Client): boolean {
  return client.token_endpoint_auth_method === 'none'
}
