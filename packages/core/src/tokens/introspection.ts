import { type Attempt, attempt } from '../attempt.ts'
import { isConsentWithdrawn } from '../authorization/consent.ts'
import type { Client } from '../client/metadata.ts'
import { accountOf, behind, find, subjectOf } from '../needs.ts'
import { consentKey, type RefreshFamily } from '../records.ts'
import type { Catalogue, Resource } from '../resources/catalogue.ts'
import type { VerifiedAccessToken } from './bearer.ts'
import { parseRefreshToken, refreshTokenNeeds } from './refresh-token.ts'
import { revokedMark } from './revocation.ts'

/** What introspection tells. */
export interface Introspected {
  readonly kind: 'introspected'
  readonly answer: Readonly<Record<string, unknown>> & { readonly active: boolean }
  readonly writes: readonly []
}

const INACTIVE: Introspected = { kind: 'introspected', answer: { active: false }, writes: [] }

/**
 * What a caller may know of an access token: everything if it is its own, the part for its resource if it operates one that the token is
 * for, and otherwise only that it is not active, whatever it is.
 * @spec RFC 7662 §2.2, §4
 */
export function introspectAccessToken(token: VerifiedAccessToken, caller: Client, catalogue: Catalogue): Attempt<Introspected> {
  const needs = { authorization: find('authorization', token.authorization ?? ''), account: accountOf('authorization'), revoked: find('mark', revokedMark(token)) } as const
  return attempt(needs, ({ authorization, account, revoked }, { now }): Introspected => {
    const isUsers = token.authorization !== undefined
    const isDead = isUsers && (authorization === undefined || authorization.revokedAt !== undefined || account?.active !== true)
    if (isDead || revoked !== undefined || !(token.exp > now)) return INACTIVE
    const tellable = tellableTo(caller, token, catalogue)
    if (tellable === undefined) return INACTIVE
    const { scope, aud } = tellable
    const { iss, sub, exp, iat, nbf, jti, client_id, auth_time, acr, amr, cnf, act } = token.claims
    const told = { scope: scope.length === 0 ? undefined : scope.join(' '), client_id, token_type: 'Bearer', iss, sub, aud, exp, iat, nbf, jti, auth_time, acr, amr, cnf, act }
    return { kind: 'introspected', answer: { active: true, ...told }, writes: [] }
  })
}

interface Tellable {
  readonly scope: readonly string[]
  readonly aud: unknown
}

/** The scope and the audience of a token as far as the caller may know them, `undefined` when it may know nothing. */
function tellableTo(caller: Client, { client_id, scope, aud, claims }: VerifiedAccessToken, { resources }: Catalogue): Tellable | undefined {
  const named = scope.filter((name) => name !== '')
  if (client_id === caller.client_id) return { scope: named, aud: claims.aud }
  const operated = resources.filter((resource) => aud.includes(resource.resource) && operates(caller, resource))
  const here = operated.map(({ resource }) => resource)
  return here.length === 0 ? undefined : { scope: named.filter((name) => operated.some(({ scopes }) => scopes.includes(name))), aud: here.length === 1 ? here[0] : here }
}

/** Whether a client is the software behind a resource. */
export function operates(client: Client, resource: Resource): boolean {
  return resource.operatedBy?.includes(client.client_id) === true
}

/** What a client may know of a refresh token: only of its own, and that it is active only if it could be used. @spec RFC 7662 §2.2 */
export function introspectRefreshToken(text: string, caller: Client): Attempt<Introspected> {
  const parts = parseRefreshToken(text)
  const needs = {
    ...refreshTokenNeeds(parts),
    account: accountOf('family'),
    subject: subjectOf('authorization'),
    consent: behind('consent', 'family', 'sub', consentKey(caller.client_id, '')),
  } as const
  return attempt(needs, ({ genuine, family, authorization, account, subject, consent }, { now }): Introspected => {
    const isOurs = genuine && family !== undefined && family.client_id === caller.client_id
    if (!isOurs || authorization === undefined || authorization.revokedAt !== undefined || account?.active !== true) return INACTIVE
    if (!caller.scope.includes('offline_access') || isConsentWithdrawn(consent, authorization, caller, now)) return INACTIVE
    return family.generation === parts?.generation && family.expiresAt > now && authorization.expiresAt > now ? answerOf(family, subject ?? family.sub) : INACTIVE
  })
}

function answerOf({ client_id, scope, expiresAt, startedAt }: RefreshFamily, sub: string): Introspected {
  return { kind: 'introspected', answer: { active: true, client_id, sub, scope: scope.join(' '), exp: expiresAt, iat: startedAt }, writes: [] }
}
