import { digest } from '../digest.ts'
import type { Digest, Instant } from '../brand.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../registry/algorithms.ts'
import { CLIENT_AUTHENTICATION_METHODS, type ClientAuthenticationMethod } from '../registry/authentication-methods.ts'
import { TOKEN_EXCHANGE } from '../registry/grant-types.ts'
import { parseResponseType, type ResponseType } from '../registry/response-types.ts'
import type { Client, ClientSecret } from './metadata.ts'
import { type ClientPolicy, policyOf, type Profile } from './policy.ts'
import { type Finding, when } from './finding.ts'
import { redirectUriFault } from './redirect-uri.ts'
import { responseTypeRule } from './response-type-rule.ts'

/** A client as it is written down: RFC 7591 names, of which only `client_id` must be there. @spec RFC 7591 §2 */
export interface ClientMetadata {
  readonly client_id: string
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly application_type?: 'web' | 'native'
  readonly token_endpoint_auth_method?: string
  /** One secret in clear, at least 32 characters; it is kept by digest only. */
  readonly client_secret?: string
  /** Several secrets, in clear or by the base64url of their SHA-256, each with an end in seconds since 1970. */
  readonly secrets?: readonly { readonly secret?: string; readonly digest?: string; readonly expiresAt?: Instant }[]
  readonly redirect_uris?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly response_types?: readonly string[]
  /** Scope names separated by spaces. */
  readonly scope?: string
  readonly allowed_cors_origins?: readonly string[]
  readonly id_token_signed_response_alg?: string
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

const SHORTEST_SECRET = 32

/** The client that some metadata describes, or everything that is wrong with it. @spec RFC 7591 §2, RFC 9700 §2 */
export function parseClient(metadata: ClientMetadata, abilities: Abilities): Client | readonly Finding[] {
  const token_endpoint_auth_method = metadata.token_endpoint_auth_method ?? 'client_secret_basic'
  const isPublic = token_endpoint_auth_method === 'none'
  const profile = metadata.profile ?? 'oauth21'
  const grant_types = [...(metadata.grant_types ?? ['authorization_code'])]
  const hasCode = grant_types.includes('authorization_code')
  const secrets = secretsOf(metadata)
  const client: Client = {
    ...named(metadata),
    client_id: metadata.client_id,
    application_type: metadata.application_type ?? 'web',
    token_endpoint_auth_method: token_endpoint_auth_method as ClientAuthenticationMethod,
    redirect_uris: [...(metadata.redirect_uris ?? [])],
    grant_types,
    response_types: (metadata.response_types ?? (hasCode ? ['code'] : [])).map((type) => parseResponseType(type) ?? (type as ResponseType)),
    scope: (metadata.scope ?? '').split(' ').filter((name) => name !== ''),
    allowed_cors_origins: [...(metadata.allowed_cors_origins ?? [])],
    id_token_signed_response_alg: (metadata.id_token_signed_response_alg ?? defaultAlgorithm(abilities)) as SigningAlgorithm,
    secrets,
    profile,
    policy: { ...policyOf(profile === 'fapi2' ? 'oauth21' : profile, isPublic), ...metadata.policy },
  }
  const findings = findingsOf(client, metadata, abilities)
  return findings.length === 0 ? client : findings
}

function named(metadata: ClientMetadata): Pick<Client, 'client_name' | 'client_uri' | 'logo_uri' | 'policy_uri' | 'tos_uri'> {
  const { client_name, client_uri, logo_uri, policy_uri, tos_uri } = metadata
  const given = Object.entries({ client_name, client_uri, logo_uri, policy_uri, tos_uri }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

function secretsOf({ client_secret, secrets = [] }: ClientMetadata): readonly ClientSecret[] {
  const all = client_secret === undefined ? secrets : [{ secret: client_secret }, ...secrets]
  return all.map((entry) => ({
    digest: (entry.secret === undefined ? (entry.digest ?? '') : digest(entry.secret)) as Digest,
    ...('expiresAt' in entry && entry.expiresAt !== undefined ? { expiresAt: entry.expiresAt } : {}),
  }))
}

function defaultAlgorithm({ algorithms }: Abilities): string {
  return algorithms.includes('RS256') ? 'RS256' : (algorithms[0] ?? 'ES256')
}

type Rule = (client: Client, metadata: ClientMetadata, abilities: Abilities) => readonly Finding[]

const RULES: readonly Rule[] = [identifierRule, methodRule, secretRule, grantRule, responseTypeRule, redirectRule, scopeRule, originRule, policyRule]

function findingsOf(client: Client, metadata: ClientMetadata, abilities: Abilities): readonly Finding[] {
  return RULES.flatMap((rule) => rule(client, metadata, abilities))
}

function identifierRule({ client_id }: Client): readonly Finding[] {
  return when(!/^[\x21-\x7e]{1,255}$/.test(client_id), 'client_id', 'is empty, too long, or has spaces or other characters outside printable ASCII', 'use 1 to 255 printable ASCII characters')
}

function methodRule({ token_endpoint_auth_method: method, id_token_signed_response_alg: alg, profile }: Client, _: ClientMetadata, { algorithms }: Abilities): readonly Finding[] {
  const methods: readonly string[] = CLIENT_AUTHENTICATION_METHODS
  const known: readonly string[] = SIGNING_ALGORITHMS
  return [
    ...when(!methods.includes(method), 'token_endpoint_auth_method', `${method} is not supported`, `use one of ${methods.join(', ')}`),
    ...when(!known.includes(alg) || !algorithms.includes(alg), 'id_token_signed_response_alg', `the server has no key for ${alg}`, `use one of ${algorithms.join(', ')}, or add the algorithm to keys.algorithms`),
    ...when(profile === 'fapi2', 'profile', 'fapi2 is not available yet', 'use oauth21'),
  ]
}

function secretRule({ token_endpoint_auth_method: method, secrets }: Client, metadata: ClientMetadata): readonly Finding[] {
  const clear = [metadata.client_secret, ...(metadata.secrets ?? []).map(({ secret }) => secret)].filter((secret) => secret !== undefined)
  const needsSecret = method.startsWith('client_secret')
  return [
    ...when(needsSecret && secrets.length === 0, 'client_secret', `${method} needs a secret and there is none`, 'add client_secret, or use token_endpoint_auth_method none for a public client'),
    ...when(!needsSecret && secrets.length > 0, 'client_secret', `a client with token_endpoint_auth_method ${method} has no use for a secret`, 'remove the secret, or use client_secret_basic'),
    ...when(clear.some((secret) => secret.length < SHORTEST_SECRET), 'client_secret', `is shorter than ${SHORTEST_SECRET} characters and could be guessed`, 'let `latchkey client add` make one, or use `openssl rand -hex 32`'),
    ...when(secrets.some((secret) => !/^[A-Za-z0-9_-]{43}$/.test(secret.digest)), 'secrets', 'a secret has neither a text nor a digest of 43 base64url characters', 'give each entry a secret or a digest'),
  ]
}

function grantRule({ client_id, grant_types, profile, token_endpoint_auth_method: method }: Client, _: ClientMetadata, abilities: Abilities): readonly Finding[] {
  const spaced = grant_types.find((type) => type === '' || /\s/.test(type))
  const unknown = grant_types.find((type) => type !== spaced && !abilities.grant_types.includes(type))
  const isResource = method !== 'none' && abilities.operators?.has(client_id) === true
  return [
    ...when(grant_types.length === 0 && !isResource, 'grant_types', 'is empty, so that the client can do nothing', 'name at least one grant type, or name a client that is only an API in operatedBy of its resource'),
    ...when(spaced !== undefined, 'grant_types', 'has an entry that is empty or has a space in it', 'write one grant type in each entry'),
    ...when(new Set(grant_types).size < grant_types.length, 'grant_types', 'names a grant type twice', 'name each once'),
    ...when(unknown !== undefined, 'grant_types', `${unknown} is not supported`, `use some of ${abilities.grant_types.join(', ')}`),
    ...when(grant_types.includes('password') && profile !== 'legacy', 'grant_types', 'password gives the user\'s password to the client', 'use authorization_code; only profile legacy may have password'),
    ...when(method === 'none' && grant_types.includes('client_credentials'), 'grant_types', 'a public client can not use client_credentials', 'give the client a secret, or remove the grant type'),
    ...when(method === 'none' && grant_types.includes(TOKEN_EXCHANGE), 'grant_types', 'a public client can not exchange tokens', 'give the client a secret, or remove the grant type'),
  ]
}

function redirectRule({ redirect_uris, application_type, response_types }: Client): readonly Finding[] {
  const faults = redirect_uris.flatMap((uri, at) => {
    const fault = redirectUriFault(uri, application_type)
    return when(fault !== undefined, `redirect_uris[${at}]`, `${fault}`, 'register the exact https address, a loopback address, or for a native app a private-use scheme')
  })
  return [...faults, ...when(response_types.length > 0 && redirect_uris.length === 0, 'redirect_uris', 'is empty, and the client signs users in', 'add the address of its callback')]
}

function scopeRule({ scope }: Client, _: ClientMetadata, { scopes }: Abilities): readonly Finding[] {
  const unknown = scope.find((name) => !scopes.has(name))
  return when(unknown !== undefined, 'scope', `${unknown} is offered by nobody`, 'add it to scopes or to a resource, or remove it')
}

function originRule({ allowed_cors_origins }: Client): readonly Finding[] {
  return allowed_cors_origins.flatMap((origin, at) =>
    when(!/^https?:\/\/[^/?#@\s]+$/.test(origin), `allowed_cors_origins[${at}]`, 'is not an origin', 'write scheme, host and port without path or trailing slash'),
  )
}

const SWITCHES = ['accessTokensInFrontChannel', 'userClaimsInIdToken', 'refreshTokenRotation'] as const

function policyRule({ policy, token_endpoint_auth_method: method }: Client): readonly Finding[] {
  const positive = Object.entries(policy).filter(([name]) => name.endsWith('Lifetime'))
  return [
    ...positive.flatMap(([name, value]) => when(!Number.isSafeInteger(value) || Number(value) <= 0, `policy.${name}`, 'is not a positive whole number of seconds', 'write seconds')),
    ...when(!Number.isSafeInteger(policy.pollingInterval) || policy.pollingInterval <= 0 || policy.pollingInterval > 60, 'policy.pollingInterval', 'is not between 1 and 60 seconds', 'use 5'),
    ...SWITCHES.flatMap((name) => when(typeof policy[name] !== 'boolean', `policy.${name}`, 'is neither true nor false', 'write true or false')),
    ...when(!Number.isInteger(policy.refreshTokenReplayWindow) || policy.refreshTokenReplayWindow < 0 || policy.refreshTokenReplayWindow > 300, 'policy.refreshTokenReplayWindow', 'is not between 0 and 300 seconds', 'use 30, or 0 for strict rotation'),
    ...when(policy.authorizationCodeLifetime > 600, 'policy.authorizationCodeLifetime', 'is longer than ten minutes', 'use 60'),
    ...when(method === 'none' && policy.pkce !== 'required', 'policy.pkce', 'a public client can not do without PKCE', 'remove the setting'),
    ...when(method !== 'none' && !['required', 'optional'].includes(policy.pkce), 'policy.pkce', 'is neither required nor optional', 'use required'),
    ...when(!['remembered', 'always', 'never'].includes(policy.consent), 'policy.consent', 'is none of remembered, always and never', 'use remembered'),
    ...when(method === 'none' && !policy.refreshTokenRotation, 'policy.refreshTokenRotation', 'a public client can not do without rotation', 'remove the setting'),
  ]
}
