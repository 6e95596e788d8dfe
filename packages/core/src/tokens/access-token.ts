import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import type { Authentication } from '../records.ts'
import { withoutReserved } from '../registry/claims.ts'
import { audienceOf } from '../resources/audience.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import type { AccessTokenPlan } from './plan.ts'

/** For whom and on whose behalf an access token is. */
export interface AccessTokenSubject {
  /** The user, or the client itself when it acts for nobody. */
  readonly sub: string
  readonly authorization?: string
  readonly authentication?: Authentication
  readonly sid?: string
  /** Claims of an extension's own; none of them stands in for one that the server makes. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** The access token of a client for a scope and, where named, resources. @spec RFC 9068 §2.2 */
export function accessToken(subject: AccessTokenSubject, client: Client, scope: readonly string[], named: readonly string[], catalogue: Catalogue, now: Instant): AccessTokenPlan {
  const audience = audienceOf(scope, named, catalogue)
  const expires_in = client.policy.accessTokenLifetime
  const { auth_time, amr, acr } = subject.authentication ?? {}
  return {
    format: audience.format,
    alg: catalogue.accessTokenAlgorithm,
    scope: audience.scope,
    expires_in,
    ...(subject.authorization === undefined ? {} : { authorization: subject.authorization }),
    claims: {
      ...withoutReserved({ ...clientClaims(subject, client), ...subject.claims }),
      iss: catalogue.issuer,
      sub: subject.sub,
      aud: audience.aud.length === 1 ? audience.aud[0] : audience.aud,
      client_id: client.client_id,
      ...(audience.scope.length === 0 ? {} : { scope: audience.scope.join(' ') }),
      iat: now,
      exp: now + expires_in,
      ...(auth_time === undefined ? {} : { auth_time, ...(amr === undefined || amr.length === 0 ? {} : { amr }) }),
      ...(acr === undefined ? {} : { acr }),
    },
  }
}

/** What the token says of the client itself: always where it acts for itself, and for users where its policy says so. */
function clientClaims({ authorization }: AccessTokenSubject, { claims = {}, policy }: Client): Readonly<Record<string, unknown>> {
  if (authorization !== undefined && !policy.clientClaimsInUserTokens) return {}
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [`${policy.clientClaimsPrefix}${name}`, value]))
}
