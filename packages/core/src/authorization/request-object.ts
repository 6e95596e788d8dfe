import { isTime } from '../assertion.ts'
import type { Brand, Instant, Issuer, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { isRefusal, refuse, type Refusal, returned } from '../decision.ts'
import { type Form, formOf, tellableName } from '../form.ts'
import { SIGNING_ALGORITHMS } from '../registry/algorithms.ts'
import { parseReturnAddress, withResponseMode } from './return-address.ts'

/** The claims of a JWT that its client signed, and typed as nothing else than a request. */
export type RequestObject = Brand<Readonly<Record<string, unknown>>, 'RequestObject'>

/** Whose request an object is, and by which rules it is read. */
export interface RequestObjectRules {
  readonly client: Client
  readonly issuer: Issuer
  readonly now: Instant
  /** Whether nothing counts that stands outside the object. @spec RFC 9101 §6.3, RFC 9126 §3 */
  readonly alone: boolean
}

/** With what a client may sign its request objects. @spec RFC 9101 §10.1 */
export const REQUEST_OBJECT_ALGORITHMS: readonly string[] = SIGNING_ALGORITHMS

/** In characters. */
export const LONGEST_REQUEST_OBJECT = 65_536

const SKEW: Seconds = 10
const MOST_MEMBERS = 100

/** What a JWT says about itself; everything else in a request object is a parameter. @spec RFC 7519 §4.1 */
const ABOUT_THE_JWT: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/** Parameters whose value is JSON, which an object holds as it is. @spec OpenID Connect Core §5.5, RFC 9396 §2 */
const JSON_VALUED: ReadonlySet<string> = new Set(['claims', 'authorization_details', 'registration'])

/**
 * The one form that a request and its object spell together: what stands inside wins over what stands outside. A refusal travels to the
 * address inside, if that is the client's.
 * @spec OpenID Connect Core §6.1, RFC 9101 §6.3
 */
export function effectiveForm(outside: Form, object: RequestObject, rules: RequestObjectRules): Form | Refusal {
  const inside = parametersOf(object)
  if (isRefusal(inside)) return returnedBy(inside, outside, rules)
  const form = rules.alone ? formOf(inside) : formOf(new Map([...valuesOf(outside), ...inside]))
  const fault = objectFault(object, rules) ?? timeFault(object, rules) ?? contradiction(outside, inside, rules)
  return fault === undefined ? form : returnedBy(fault, form, rules)
}

/** The refusal, told to the client where a form names an address of the client's. @spec RFC 6749 §4.1.2.1 */
export function returnedBy(refusal: Refusal, form: Form, { client, issuer }: Pick<RequestObjectRules, 'client' | 'issuer'>): Refusal {
  const address = parseReturnAddress(form, client, issuer)
  if (isRefusal(address)) return refusal
  const returnTo = withResponseMode(form, address)
  return returned(refusal, isRefusal(returnTo) ? address : returnTo)
}

/** Of a name that is repeated only that counts, so its values are left behind. */
function valuesOf(form: Form): readonly (readonly [string, readonly string[]])[] {
  return form.names.filter((name) => name !== 'request' && name !== 'request_uri').map((name) => [name, form.repeated.includes(name) ? ['', ''] : form.all(name)])
}

function parametersOf(object: RequestObject): ReadonlyMap<string, readonly string[]> | Refusal {
  const members = Object.entries(object).filter(([name]) => !ABOUT_THE_JWT.has(name))
  if (members.length > MOST_MEMBERS) return refuse('request_object_value_unsuitable', { members: members.length })
  const parameters = new Map<string, readonly string[]>()
  for (const [name, value] of members) {
    const texts = textsOf(name, value)
    if (texts === undefined) return refuse('request_object_value_unsuitable', { parameter: tellableName(name) })
    parameters.set(name, texts)
  }
  return parameters
}

/** How a member is spelled as a parameter. @spec RFC 9101 §4 */
function textsOf(name: string, value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (name === 'resource' && Array.isArray(value)) return value.every((each) => typeof each === 'string') ? value : undefined
  return typeof value === 'object' && value !== null && JSON_VALUED.has(name) ? jsonOf(value) : undefined
}

/** What can be read can be nested more deeply than can be written. */
function jsonOf(value: object): readonly string[] | undefined {
  try {
    return [JSON.stringify(value)]
  } catch {
    return undefined
  }
}

/** Whether the object is meant for us, by this client, as a request. @spec RFC 9101 §4, §10.8 */
function objectFault(object: RequestObject, { client, issuer }: RequestObjectRules): Refusal | undefined {
  const { client_id } = client
  const { iss, sub, aud } = object
  if (Object.hasOwn(object, 'request') || Object.hasOwn(object, 'request_uri')) return refuse('request_object_nested', { client_id })
  if (sub === client_id) return refuse('request_object_type_wrong', { client_id })
  if (iss !== undefined && iss !== client_id) return refuse('request_object_issuer_wrong', { client_id })
  const needsAudience = client.require_signed_request_object
  const isForUs = aud === undefined ? !needsAudience : aud === issuer || (Array.isArray(aud) && aud.includes(issuer))
  return isForUs ? undefined : refuse('request_object_audience_wrong', { client_id })
}

/** @spec RFC 7519 §4.1.4, §4.1.5, §4.1.6 */
function timeFault(object: RequestObject, { client, now }: RequestObjectRules): Refusal | undefined {
  const { client_id } = client
  const { exp, nbf, iat } = object
  const longest = client.policy.requestObjectLifetime
  const lacksTime = (exp === undefined && (client.require_signed_request_object || longest !== undefined)) || (nbf === undefined && longest !== undefined)
  if (lacksTime || !isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return refuse('request_object_incomplete', { client_id })
  if (exp !== undefined && exp <= now - SKEW) return refuse('request_object_expired', { client_id, exp })
  if ((nbf ?? now) > now + SKEW || (iat ?? now) > now + SKEW) return refuse('request_object_too_early', { client_id, nbf, iat })
  if (longest === undefined || nbf === undefined || exp === undefined) return undefined
  if (nbf < now - longest - SKEW) return refuse('request_object_expired', { client_id, nbf })
  return exp > nbf + longest ? refuse('request_object_lasts_too_long', { client_id, nbf, exp }) : undefined
}

function isTimeOrAbsent(value: unknown): value is Instant | undefined {
  return value === undefined || isTime(value)
}

/** What must be the same in both places. @spec OpenID Connect Core §6.1, RFC 9101 §6.3 */
function contradiction(outside: Form, inside: ReadonlyMap<string, readonly string[]>, { client, alone }: RequestObjectRules): Refusal | undefined {
  const { client_id } = client
  const within = formOf(inside)
  if ((within.one('client_id') ?? client_id) !== client_id) return refuse('request_object_contradicted', { client_id })
  const types = [outside, within].map((form) => form.one('response_type')?.split(' ').toSorted().join(' '))
  const differ = types[0] !== undefined && types[1] !== undefined && types[0] !== types[1]
  return differ && !alone ? refuse('request_object_contradicted', { client_id }) : undefined
}
