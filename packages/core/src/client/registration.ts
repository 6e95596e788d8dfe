import { digest } from '../digest.ts'
import type { Digest, Instant } from '../brand.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import type { ClientAuthenticationMethod } from '../registry/authentication-methods.ts'
import { parseResponseType, type ResponseType } from '../registry/response-types.ts'
import type { Client, ClientOptions, ClientSecret } from './metadata.ts'
import { type ClientPolicy, policyOf, type Profile } from './policy.ts'
import type { Finding } from './finding.ts'
import { CLIENT_RULES } from './rules/index.ts'

/** A client as it is written down: RFC 7591 names, of which only `client_id` must be there. @spec RFC 7591 §2, OpenID Connect Dynamic Client Registration §2 */
export interface ClientMetadata extends ClientOptions {
  readonly client_id: string
  /** `false` shuts the client out without forgetting it. */
  readonly enabled?: boolean
  readonly application_type?: 'web' | 'native'
  readonly token_endpoint_auth_method?: string
  /** One secret in clear, at least 32 characters; it is kept by digest only. */
  readonly client_secret?: string
  /** Several secrets, in clear or by the base64url of their SHA-256, each with an end in seconds since 1970. */
  readonly secrets?: readonly { readonly secret?: string; readonly digest?: string; readonly expiresAt?: Instant }[]
  readonly redirect_uris?: readonly string[]
  readonly post_logout_redirect_uris?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly response_types?: readonly string[]
  /** Scope names separated by spaces. */
  readonly scope?: string
  readonly allowed_cors_origins?: readonly string[]
  readonly id_token_signed_response_alg?: string
  readonly subject_type?: 'public' | 'pairwise'
  readonly require_auth_time?: boolean
  readonly require_pushed_authorization_requests?: boolean
  readonly require_signed_request_object?: boolean
  readonly frontchannel_logout_session_required?: boolean
  readonly backchannel_logout_session_required?: boolean
  readonly profile?: Profile
  /** Single settings that differ from the profile's. */
  readonly policy?: Partial<ClientPolicy>
}

/** What a server can do, against which a client is read. */
export interface Abilities {
  readonly grant_types: readonly string[]
  readonly response_types: readonly ResponseType[]
  readonly scopes: ReadonlySet<string>
  /** The clients that are the software behind a resource: they may ask about tokens without getting any. */
  readonly operators?: ReadonlySet<string>
  readonly algorithms: readonly string[]
}

/** The client that some metadata describes, or everything that is wrong with it. @spec RFC 7591 §2, RFC 9700 §2 */
export function parseClient(metadata: ClientMetadata, abilities: Abilities): Client | readonly Finding[] {
  const client = clientOf(metadata, abilities)
  const findings = CLIENT_RULES.flatMap((rule) => rule(client, metadata, abilities))
  return findings.length === 0 ? client : findings
}

/** The client with its defaults. Whether its values are possible is judged afterwards, all at once. */
function clientOf(metadata: ClientMetadata, abilities: Abilities): Client {
  const { client_secret, secrets, policy = {}, profile = 'oauth21', token_endpoint_auth_method = 'client_secret_basic', ...written } = metadata
  const grant_types = [...(written.grant_types ?? ['authorization_code'])]
  const response_types = written.response_types ?? (grant_types.includes('authorization_code') ? ['code'] : [])
  return {
    ...written,
    enabled: written.enabled ?? true,
    application_type: written.application_type ?? 'web',
    token_endpoint_auth_method: token_endpoint_auth_method as ClientAuthenticationMethod,
    redirect_uris: [...(written.redirect_uris ?? [])],
    post_logout_redirect_uris: [...(written.post_logout_redirect_uris ?? [])],
    grant_types,
    response_types: response_types.map((type) => parseResponseType(type) ?? (type as ResponseType)),
    scope: (written.scope ?? '').split(' ').filter((name) => name !== ''),
    allowed_cors_origins: [...(written.allowed_cors_origins ?? [])],
    id_token_signed_response_alg: (written.id_token_signed_response_alg ?? defaultAlgorithm(abilities)) as SigningAlgorithm,
    subject_type: written.subject_type ?? 'public',
    require_auth_time: written.require_auth_time ?? false,
    require_pushed_authorization_requests: written.require_pushed_authorization_requests ?? false,
    require_signed_request_object: written.require_signed_request_object ?? false,
    frontchannel_logout_session_required: written.frontchannel_logout_session_required ?? false,
    backchannel_logout_session_required: written.backchannel_logout_session_required ?? false,
    secrets: secretsOf(metadata),
    profile,
    policy: { ...policyOf(profile === 'fapi2' ? 'oauth21' : profile, token_endpoint_auth_method === 'none'), ...policy },
  }
}

function secretsOf({ client_secret, secrets = [], token_endpoint_auth_method }: ClientMetadata): readonly ClientSecret[] {
  const signsWithIt = token_endpoint_auth_method === 'client_secret_jwt'
  const all = client_secret === undefined ? secrets : [{ secret: client_secret }, ...secrets]
  return all.map((entry) => ({
    digest: (entry.secret === undefined ? (entry.digest ?? '') : digest(entry.secret)) as Digest,
    ...(signsWithIt && entry.secret !== undefined ? { text: entry.secret } : {}),
    ...('expiresAt' in entry && entry.expiresAt !== undefined ? { expiresAt: entry.expiresAt } : {}),
  }))
}

function defaultAlgorithm({ algorithms }: Abilities): string {
  return algorithms.includes('RS256') ? 'RS256' : (algorithms[0] ?? 'ES256')
}
