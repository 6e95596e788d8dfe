import type { Finding } from '../client/finding.ts'
import type { Client } from '../client/metadata.ts'
import { type Abilities, type ClientMetadata, parseClient } from '../client/registration.ts'
import { grantTypesOf } from '../client/rules/response-types.ts'
import { isRefusal, refuse, type Refusal } from '../decision.ts'
import type { RefusalKey } from '../refusals.ts'
import { parseResponseType } from '../registry/response-types.ts'
import { type Registrable, REGISTRABLE, type RegistrableName, readMembers } from './members.ts'
import type { RegistrationTerms } from './policy.ts'

/** Who a client is to be: its name, and the secret that it gets if its method needs one. */
export interface Identity {
  readonly client_id: string
  readonly secret: string
}

/** A registration as it is kept: everything named, the secret by digest. */
export interface Registration {
  readonly metadata: ClientMetadata
  readonly client: Client
}

/** Addresses that this server itself would call, or load in a page: never anything but https. */
const CALLED: readonly RegistrableName[] = ['jwks_uri', 'sector_identifier_uri', 'initiate_login_uri', 'frontchannel_logout_uri', 'backchannel_logout_uri', 'logo_uri']
const LONGEST_DESCRIPTION = 400

/**
 * The client that a registration request describes, with its defaults, under the terms of whoever let it in. Members that we do not
 * know are ignored, and so are those that are ours to say.
 * @spec RFC 7591 §2, §3.1, §3.2.2, OpenID Connect Dynamic Client Registration §2, §3.1
 */
export function parseRegistration(body: Readonly<Record<string, unknown>>, identity: Identity, terms: RegistrationTerms, abilities: Abilities): Registration | Refusal {
  const asked = readMembers(body)
  if ('wrong' in asked) return faulty([{ path: asked.wrong, reason: 'is of the wrong kind or too long', remedy: '' }])
  const statement = statementFault(body)
  if (statement !== undefined) return statement
  const uncalled = [...CALLED.map((name) => [name, asked[name]] as const), ...(asked.request_uris ?? []).map((uri) => ['request_uris', uri] as const)].find(([, uri]) => typeof uri === 'string' && !uri.startsWith('https://'))
  if (uncalled !== undefined) return faulty([{ path: uncalled[0], reason: 'is not an https address', remedy: '' }])
  const scope = scopeOf(asked, terms, abilities)
  if (isRefusal(scope)) return scope
  const metadata = withTerms({ ...asked, ...withGrants(asked), scope }, identity, terms)
  const client = parseClient(metadata, { ...abilities, grant_types: terms.grant_types })
  return 'client_id' in client ? { metadata: named(metadata, client), client } : faulty(client)
}

/** The grant types that the response types need, for a client that names none. @spec RFC 7591 §2.1 */
function withGrants({ grant_types, response_types }: Registrable): Pick<Registrable, 'grant_types'> {
  if (grant_types !== undefined || response_types === undefined || response_types.length === 0) return grant_types === undefined ? {} : { grant_types }
  const needed = response_types.flatMap((type) => {
    const known = parseResponseType(type)
    return known === undefined ? [] : grantTypesOf(known)
  })
  return needed.length === 0 ? {} : { grant_types: [...new Set(needed)] }
}

function withTerms(asked: Registrable, { client_id, secret }: Identity, { profile, policy }: RegistrationTerms): ClientMetadata {
  const needsSecret = (asked.token_endpoint_auth_method ?? 'client_secret_basic').startsWith('client_secret')
  return { ...asked, client_id, profile, policy, ...(needsSecret ? { secrets: [{ secret }] } : {}) }
}

/** The metadata with its defaults written out, so that a later version with other defaults does not change the client; its secret by digest. */
function named(metadata: ClientMetadata, client: Client): ClientMetadata {
  const { application_type, token_endpoint_auth_method, redirect_uris, grant_types, response_types, id_token_signed_response_alg, subject_type, secrets } = client
  const kept = secrets.length === 0 ? {} : { secrets: secrets.map(({ digest }) => ({ digest })) }
  return { ...metadata, ...kept, application_type, token_endpoint_auth_method, redirect_uris, grant_types, response_types, id_token_signed_response_alg, subject_type }
}

/** What of the scope is to be had; all of it for a client that names none. @spec RFC 7591 §2 */
function scopeOf({ scope }: Registrable, terms: RegistrationTerms, { scopes }: Abilities): string | Refusal {
  const offered = terms.scope.filter((name) => scopes.has(name))
  if (scope === undefined) return offered.join(' ')
  const wanted = scope.split(' ')
  const left = offered.filter((name) => wanted.includes(name))
  return left.length > 0 ? left.join(' ') : faulty([{ path: 'scope', reason: `names nothing that can be registered; possible are ${offered.join(', ')}`, remedy: '' }])
}

/** We trust nobody's statements, so that one which is well-formed is not approved. @spec RFC 7591 §2.3, §3.2.2 */
function statementFault({ software_statement: statement }: Readonly<Record<string, unknown>>): Refusal | undefined {
  if (statement === undefined || statement === null) return undefined
  const isJwt = typeof statement === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(statement)
  return refuse(isJwt ? 'software_statement_unapproved' : 'software_statement_malformed')
}

function faulty(findings: readonly Finding[]): Refusal {
  const ofRedirect = findings.filter(({ path }) => path.startsWith('redirect_uris'))
  const told = ofRedirect.length > 0 ? ofRedirect : findings
  return refuseMetadata(ofRedirect.length > 0 ? 'client_redirect_uri_invalid' : 'client_metadata_invalid', told.map(({ path, reason }) => `${path} ${reason}`).join('; '))
}

/** The refusal of this key, which says what is wrong in the characters that `error_description` may have. @spec RFC 7591 §3.2.2 */
export function refuseMetadata(key: RefusalKey & ('client_redirect_uri_invalid' | 'client_metadata_invalid'), fault: string): Refusal {
  const description = fault.replaceAll('"', "'").replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, LONGEST_DESCRIPTION)
  const error = key === 'client_redirect_uri_invalid' ? ('invalid_redirect_uri' as const) : ('invalid_client_metadata' as const)
  return { ...refuse(key, { fault: description }), told: { error, description } }
}

/** What a client is told that it has registered. @spec RFC 7591 §3.2.1 */
export function registeredMembers(metadata: ClientMetadata): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(REGISTRABLE).flatMap((name) => (Object.hasOwn(metadata, name) ? [[name, metadata[name as RegistrableName]]] : [])))
}
