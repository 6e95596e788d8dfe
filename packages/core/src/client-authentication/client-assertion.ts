import { isTime, MARK_KEPT_FOR, type VerifiedAssertion } from '../assertion.ts'
import { type Attempt, attempt } from '../attempt.ts'
import type { Instant, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { refuse, type Refusal } from '../decision.ts'
import { digest } from '../digest.ts'
import { fact, find } from '../needs.ts'
import { insert, type Write } from '../records.ts'
import { parseJws } from '../relying-party/jws.ts'
import type { AssertionCredentials } from './credentials.ts'

/** A client that proved who it is, and what that costs: the mark that keeps its proof from being used again. */
export interface Authenticated {
  readonly kind: 'authenticated'
  readonly client: Client
  readonly writes: readonly Write[]
}

/** For whom an assertion may be, beside the issuer: the endpoint that is called, by its names. */
export interface AssertionAudience {
  readonly issuer: string
  readonly endpoints: readonly string[]
}

/** How far ahead of our clock, or behind it, that of a client may be. @spec FAPI 2.0 Security Profile §5.3.2 */
const LEEWAY: Seconds = 15
const LONGEST: Seconds = 3_600

/** A client proves who it is by a JWT that it signed, once. @spec RFC 7523 §2.2, §3, OpenID Connect Core §9 */
export function assertClient(credentials: AssertionCredentials, client: Client, audience: AssertionAudience, verify: () => Promise<VerifiedAssertion>): Attempt<Authenticated> {
  const facts = { client_id: client.client_id }
  const { token_endpoint_auth_signing_alg: registered } = client
  const needs = { claims: fact(verify), used: find('mark', markOf(credentials)) } as const
  return attempt(needs, ({ claims, used }, { now }) => {
    if (registered !== undefined && registered !== credentials.alg) return refuse('client_assertion_algorithm', { ...facts, alg: credentials.alg, registered })
    if (claims === 'unreachable') return refuse('client_keys_unreachable', facts)
    if (claims === 'unverified') return refuse('client_assertion_signature_wrong', facts)
    const exp = endOf(claims, client, audience, now)
    if (typeof exp === 'object') return { ...exp, facts: { ...facts, ...exp.facts } }
    if (used !== undefined) return refuse('client_assertion_replayed', facts)
    return { kind: 'authenticated', client, writes: [insert('mark', markOf(credentials), { expiresAt: exp + MARK_KEPT_FOR })] }
  })
}

/** Two assertions of a client with one `jti` are one, however they are spelled. */
function markOf({ client_id, assertion }: AssertionCredentials): string {
  const jti = parseJws(assertion)?.payload.jti
  return `client_assertion ${digest(JSON.stringify([client_id, jti ?? assertion]))}`
}

/** Until when the assertion is good, or what is wrong with it. */
function endOf(claims: Readonly<Record<string, unknown>>, client: Client, audience: AssertionAudience, now: Instant): Instant | Refusal {
  const { iss, sub, aud, exp, iat, nbf, jti } = claims
  if (iss !== client.client_id || sub !== client.client_id) return refuse('client_assertion_of_another_client')
  if (!isMeantFor(aud, client, audience)) return refuse('client_assertion_audience')
  if (typeof jti !== 'string' || jti === '' || jti.length > 255 || !isTime(exp)) return refuse('client_assertion_incomplete')
  if (![iat, nbf].every((time) => time === undefined || isTime(time))) return refuse('client_assertion_incomplete')
  if (exp <= now - LEEWAY) return refuse('client_assertion_time', { age: now - exp })
  if (exp - now > LONGEST) return refuse('client_assertion_time', { lasts: exp - now })
  const begins = Math.max(isTime(iat) ? iat : 0, isTime(nbf) ? nbf : 0)
  return begins > now + LEEWAY ? refuse('client_assertion_time', { ahead: begins - now }) : Math.floor(exp)
}

/** A second audience could be a server that passes the assertion on, so that all must be ours. @spec draft-ietf-oauth-rfc7523bis §4 */
function isMeantFor(aud: unknown, { policy }: Client, { issuer, endpoints }: AssertionAudience): boolean {
  if (policy.assertionAudience === 'issuer') return aud === issuer
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.length > 0 && named.every((each) => each === issuer || endpoints.some((endpoint) => endpoint === each))
}
