import type { ClientMetadata } from '../client/registration.ts'

/** Reads one member of a registration; `undefined` for a value of the wrong kind. */
type Reader<T> = (value: unknown) => T | undefined

const LONGEST = 2_000
const MOST = 50
/** What could steer a page or a terminal: control characters, and those that turn the direction of text around. */
const STEERING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const text: Reader<string> = (value) => (typeof value === 'string' && value.length <= LONGEST && !STEERING.test(value) ? value : undefined)
const name: Reader<string> = (value) => (typeof value === 'string' && value.length <= 200 ? text(value) : undefined)
const texts: Reader<readonly string[]> = (value) => (Array.isArray(value) && value.length <= MOST && value.every((each) => text(each) !== undefined) ? value : undefined)
const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
const seconds: Reader<number> = (value) => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined)
const keySet: Reader<NonNullable<ClientMetadata['jwks']>> = (value) => (isKeySet(value) ? { keys: value.keys } : undefined)

function isKeySet(value: unknown): value is NonNullable<ClientMetadata['jwks']> {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return false
  return value.keys.length > 0 && value.keys.length <= MOST && value.keys.every((key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key))
}

/** One of our enumerated members: its rule says which values can be. */
const word = name as Reader<never>

/**
 * Everything that a client may register about itself, and how it is read. What is not here is ignored, so that no client can choose its
 * own `client_id`, profile or policy.
 * @spec RFC 7591 §2, OpenID Connect Dynamic Client Registration §2, OpenID Connect RP-Initiated Logout §3.1
 */
export const REGISTRABLE = {
  client_name: name,
  client_uri: text,
  logo_uri: text,
  policy_uri: text,
  tos_uri: text,
  contacts: texts,
  software_id: name,
  software_version: name,
  application_type: word,
  redirect_uris: texts,
  post_logout_redirect_uris: texts,
  grant_types: texts,
  response_types: texts,
  scope: text,
  token_endpoint_auth_method: name,
  token_endpoint_auth_signing_alg: name,
  jwks: keySet,
  jwks_uri: text,
  id_token_signed_response_alg: name,
  id_token_encrypted_response_alg: word,
  id_token_encrypted_response_enc: word,
  userinfo_signed_response_alg: word,
  userinfo_encrypted_response_alg: word,
  userinfo_encrypted_response_enc: word,
  request_object_signing_alg: name,
  request_uris: texts,
  require_signed_request_object: flag,
  require_pushed_authorization_requests: flag,
  subject_type: word,
  sector_identifier_uri: text,
  default_max_age: seconds,
  require_auth_time: flag,
  default_acr_values: texts,
  initiate_login_uri: text,
  frontchannel_logout_uri: text,
  frontchannel_logout_session_required: flag,
  backchannel_logout_uri: text,
  backchannel_logout_session_required: flag,
} as const satisfies { readonly [Name in keyof ClientMetadata]?: Reader<Exclude<ClientMetadata[Name], undefined>> }

/** The name of a member that a client may register. */
export type RegistrableName = keyof typeof REGISTRABLE
/** What a client says about itself. */
export type Registrable = { readonly [Name in RegistrableName]?: Exclude<ClientMetadata[Name], undefined> }

/** The members of a registration that are known, or the name of the first that is of the wrong kind. `null` stands for absent. @spec RFC 7591 §2, RFC 7592 §2.2 */
export function readMembers(body: Readonly<Record<string, unknown>>): Registrable | { readonly wrong: RegistrableName } {
  const read: Record<string, unknown> = {}
  for (const [member, reader] of Object.entries(REGISTRABLE) as [RegistrableName, Reader<unknown>][]) {
    const value = Object.hasOwn(body, member) ? body[member] : undefined
    if (value === undefined || value === null) continue
    const known = reader(value)
    if (known === undefined) return { wrong: member }
    read[member] = known
  }
  return read
}
