import { refuse, type Refusal } from '../decision.ts'
import type { Client } from '../client/metadata.ts'
import { claimsOf } from '../registry/claims.ts'
import { isJsonRecord } from '../relying-party/jws.ts'

/** The claims that a client wants one by one, beside those of its scope, and where it wants to read them. @spec OpenID Connect Core §5.5 */
export interface ClaimsRequest {
  readonly userinfo: readonly string[]
  readonly id_token: readonly string[]
}

/** What the `claims` parameter says. */
export interface ParsedClaims {
  /** Claims about the user, as far as this client may know them; none when it asks for none. */
  readonly claimsRequest?: ClaimsRequest
  /** The user whom the client wants, and no other. */
  readonly sub?: string
  /** One of these must be reached. */
  readonly essentialAcr?: readonly string[]
  /** Better one of these. */
  readonly voluntaryAcr?: readonly string[]
}

const LONGEST = 8_192
/** Names that mean something to objects in JavaScript, and nothing to OpenID Connect. */
const UNSAFE: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** What one claim is asked with. @spec OpenID Connect Core §5.5.1 */
interface Wish {
  readonly essential: boolean
  readonly values: readonly unknown[]
}
type Wishes = ReadonlyMap<string, Wish>

/** The `claims` parameter, or a refusal. Claims that nobody knows are ignored. @spec OpenID Connect Core §5.5 */
export function parseClaims(text: string | undefined, client: Client): ParsedClaims | Refusal {
  if (text === undefined) return {}
  if (text.length > LONGEST) return refuse('parameter_too_long', { parameter: 'claims' })
  const document = parsed(text)
  const userinfo = wishesIn(document?.userinfo)
  const id_token = wishesIn(document?.id_token)
  if (document === undefined || userinfo === undefined || id_token === undefined) return refuse('claims_malformed')
  const tellable = claimsOf(client.scope)
  const within = (wishes: Wishes): readonly string[] => tellable.filter((name) => wishes.has(name))
  const claimsRequest = { userinfo: within(userinfo), id_token: within(id_token) }
  const [sub, ...others] = [userinfo, id_token].flatMap((wishes) => wishes.get('sub')?.values ?? [])
  if (others.some((other) => other !== sub)) return refuse('claims_contradictory')
  const acr = id_token.get('acr')
  const values = acr?.values.filter((value) => typeof value === 'string') ?? []
  return {
    ...(claimsRequest.userinfo.length + claimsRequest.id_token.length === 0 ? {} : { claimsRequest }),
    ...(typeof sub === 'string' ? { sub } : {}),
    ...(values.length === 0 ? {} : acr?.essential === true ? { essentialAcr: values } : { voluntaryAcr: values }),
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The wishes of one member; `undefined` when it is not what a client can ask. */
function wishesIn(member: unknown): Wishes | undefined {
  if (member === undefined || member === null) return new Map()
  if (!isJsonRecord(member)) return undefined
  const wishes = Object.entries(member).map(([name, value]) => [name, UNSAFE.includes(name) ? undefined : wishOf(value)] as const)
  return wishes.some(([, wish]) => wish === undefined) ? undefined : new Map(wishes.flatMap(([name, wish]) => (wish === undefined ? [] : [[name, wish]])))
}

function wishOf(value: unknown): Wish | undefined {
  if (value === null) return { essential: false, values: [] }
  if (!isJsonRecord(value)) return undefined
  const { essential = false, values = [], value: only } = value
  if (typeof essential !== 'boolean' || !Array.isArray(values)) return undefined
  return { essential, values: only === undefined ? values : [only, ...(values as unknown[])] }
}
