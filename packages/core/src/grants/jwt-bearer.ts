import { isTime, type VerifiedAssertion, MARK_KEPT_FOR } from '../assertion.ts'
import type { Instant, Seconds } from '../brand.ts'
import { type Client } from '../client/metadata.ts'
import { type Refusal, refuse } from '../decision.ts'
import { digest } from '../digest.ts'
import { accountOf, fact, find } from '../needs.ts'
import { required, several, unbounded } from '../parameters.ts'
import { insert } from '../records.ts'
import { JWT_BEARER } from '../registry/grant-types.ts'
import { parseJws } from '../relying-party/jws.ts'
import { issueFor } from '../tokens/issue-for.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** An issuer whose assertions are believed, and for what. */
export interface TrustedAssertions {
  /** The `iss` of its assertions. */
  readonly issuer: string
  /** The clients that may bring them, all that have the grant when absent. */
  readonly clients?: readonly string[] | undefined
  /** The scope names that they can be good for, the whole scope of the client when absent. */
  readonly scope?: readonly string[] | undefined
}

/** Verifies the signature of an assertion with the keys of this issuer and no others. */
export type AssertionVerifier = (assertion: string, issuer: string) => Promise<VerifiedAssertion>

/** How far ahead of our clock that of an issuer may be. */
const LEEWAY: Seconds = 30
const LONGEST: Seconds = 3_600

/** A JWT by a trusted issuer about one of our users becomes an access token, once. @spec RFC 7523 §2.1, §3.1 */
export function jwtBearer(issuers: readonly TrustedAssertions[], audiences: readonly string[], verify: AssertionVerifier): Grant {
  const trusted = new Map(issuers.map((each) => [each.issuer, each]))
  return defineGrant({
    grant_type: JWT_BEARER,
    parameters: { assertion: required, scope: unbounded, resource: several },
    needs({ assertion }) {
      const { iss, jti } = parseJws(assertion)?.payload ?? {}
      const issuer = typeof iss === 'string' && trusted.has(iss) ? iss : undefined
      return {
        claims: fact((): Promise<VerifiedAssertion> => (issuer === undefined ? Promise.resolve('unverified') : verify(assertion, issuer))),
        used: find('mark', markOf(String(iss), String(jti))),
        account: accountOf('claims'),
      }
    },
    decide(input) {
      const { request, client, known, now } = input
      const { iss } = parseJws(request.assertion)?.payload ?? {}
      if (typeof iss !== 'string') return refuse('assertion_malformed')
      const issuer = trusted.get(iss)
      if (issuer === undefined || !mayBring(client, issuer)) return refuse('assertion_issuer_unknown', { client_id: client.client_id, iss })
      if (known.claims === 'unreachable') return refuse('assertion_keys_unreachable', { iss })
      if (known.claims === 'unverified') return refuse('assertion_signature_wrong', { client_id: client.client_id, iss })
      const facts = readAssertion(known.claims, audiences, now)
      if ('kind' in facts) return facts
      if (known.used !== undefined) return refuse('assertion_replayed', { client_id: client.client_id, iss })
      const within = (issuer.scope ?? client.scope).filter((name) => name !== 'offline_access')
      return issueFor({
        ...input,
        scope: request.scope,
        within,
        resource: request.resource,
        subject: { account: known.account, auth_time: facts.auth_time, amr: [] },
        writes: [insert('mark', markOf(iss, facts.jti), { expiresAt: facts.exp + MARK_KEPT_FOR })],
      })
    },
  })
}

function mayBring({ client_id }: Client, { clients }: TrustedAssertions): boolean {
  return clients === undefined || clients.includes(client_id)
}

function markOf(iss: string, jti: string): string {
  return `assertion ${digest(JSON.stringify([iss, jti]))}`
}

interface AssertionFacts {
  readonly jti: string
  readonly exp: Instant
  readonly auth_time: Instant
}

/** @spec RFC 7523 §3 */
function readAssertion(claims: Readonly<Record<string, unknown>>, audiences: readonly string[], now: Instant): AssertionFacts | Refusal {
  const { aud, sub, exp, jti, iat, nbf, auth_time } = claims
  // A second audience could be a party that passes the assertion on.
  const only: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (typeof only !== 'string' || !audiences.includes(only)) return refuse('assertion_audience_wrong')
  if (!isText(sub) || !isText(jti) || !isTime(exp)) return refuse('assertion_incomplete')
  if (![iat, nbf].every((time) => time === undefined || isTime(time))) return refuse('assertion_incomplete')
  if (exp <= now) return refuse('assertion_expired', { age: now - exp })
  if (exp - now > LONGEST) return refuse('assertion_lasts_too_long', { lasts: exp - now })
  const begins = Math.max(isTime(iat) ? iat : 0, isTime(nbf) ? nbf : 0)
  if (begins > now + LEEWAY) return refuse('assertion_too_early', { ahead: begins - now })
  const signedInAt = [auth_time, iat].find(isTime) ?? now
  return { jti, exp: Math.floor(exp), auth_time: Math.floor(Math.min(signedInAt, now)) }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}
