import { type Attempt, attempt } from '../attempt.ts'
import type { Client } from '../client/metadata.ts'
import { accountOf, behind, find, sealed } from '../needs.ts'
import type { RefreshFamily } from '../records.ts'
import type { Catalogue, Resource } from '../resources/catalogue.ts'
import type { VerifiedAccessToken } from './bearer.ts'
import { parseRefreshToken, refreshTokenSeal } from './refresh-token.ts'
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
    const scope = tellableScope(token, caller, catalogue)
    if (scope === undefined) return INACTIVE
    const { iss, sub, aud, exp, iat, nbf, jti, client_id, auth_time, acr, amr, cnf, act } = token.claims
    const told = { scope: scope.length === 0 ? undefined : scope.join(' '), client_id, token_type: 'Bearer', iss, sub, aud, exp, iat, nbf, jti, auth_time, acr, amr, cnf, act }
    return { kind: 'introspected', answer: { active: true, ...told }, writes: [] }
  })
}

function tellableScope({ client_id, scope, aud }: VerifiedAccessToken, caller: Client, { resources }: Catalogue): readonly string[] | undefined {
  const named = scope.filter((name) => name !== '')
  if (client_id === caller.client_id) return named
  const operated = resources.filter((resource) => aud.includes(resource.resource) && operates(caller, resource))
  return operated.length === 0 ? undefined : named.filter((name) => operated.some(({ scopes }) => scopes.includes(name)))
}

/** Whether a client is the software behind a resource. */
export function operates(client: Client, resource: Resource): boolean {
  return resource.operatedBy?.includes(client.client_id) === true
}

/** What a client may know of a refresh token: only of its own. @spec RFC 7662 §2.2 */
export function introspectRefreshToken(text: string, caller: Client): Attempt<Introspected> {
  const parts = parseRefreshToken(text)
  const needs = {
    genuine: sealed(parts === undefined ? '' : refreshTokenSeal(parts.secret, parts.generation), parts?.seal ?? ''),
    family: find('refresh_token', parts?.family ?? ''),
    authorization: behind('authorization', 'family', 'authorization'),
    account: accountOf('family'),
  } as const
  return attempt(needs, ({ genuine, family, authorization, account }, { now }): Introspected => {
    const isOurs = genuine && family !== undefined && family.client_id === caller.client_id
    if (!isOurs || authorization === undefined || authorization.revokedAt !== undefined || account?.active !== true) return INACTIVE
    return family.generation === parts?.generation && family.expiresAt > now ? answerOf(family) : INACTIVE
  })
}

function answerOf({ client_id, sub, scope, expiresAt, startedAt }: RefreshFamily): Introspected {
  return { kind: 'introspected', answer: { active: true, client_id, sub, scope: scope.join(' '), exp: expiresAt, iat: startedAt }, writes: [] }
}
