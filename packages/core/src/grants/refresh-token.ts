import { mayUse } from '../account.ts'
import { isConsentWithdrawn } from '../authorization/consent.ts'
import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { isRefusal, issue, refuse } from '../decision.ts'
import { accountOf, behind } from '../needs.ts'
import { required, several, unbounded } from '../parameters.ts'
import { amend, consentKey, type Row, type Write } from '../records.ts'
import { narrowedResources } from '../resources/audience.ts'
import { narrowedScope } from '../resources/scope.ts'
import { accessToken } from '../tokens/access-token.ts'
import { idToken } from '../tokens/id-token.ts'
import { rested } from '../tokens/refresh-family.ts'
import { parseRefreshToken, refreshTokenNeeds } from '../tokens/refresh-token.ts'
import { revoke } from '../tokens/revocation.ts'
import { idTokenUserClaims } from '../tokens/user-claims.ts'
import { DOUBLE_SUBMIT } from './authorization-code.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** New tokens for a sign-in that was allowed to last. @spec RFC 6749 §6, RFC 9700 §4.14.2, OpenID Connect Core §12 */
export const refreshToken: Grant = defineGrant({
  grant_type: 'refresh_token',
  parameters: { refresh_token: required, scope: unbounded, resource: several },
  needs({ refresh_token }, { client_id }) {
    const parts = parseRefreshToken(refresh_token)
    return {
      ...refreshTokenNeeds(parts),
      account: accountOf('family'),
      consent: behind('consent', 'family', 'sub', consentKey(client_id, '')),
    }
  },
  decide({ request, client, known: { genuine, family, authorization, account, consent }, catalogue, now }) {
    const parts = parseRefreshToken(request.refresh_token)
    if (parts === undefined || !genuine || family === undefined) return refuse('refresh_token_unknown')
    if (family.client_id !== client.client_id) return refuse('refresh_token_of_another_client', { client_id: family.client_id })
    if (authorization === undefined || authorization.revokedAt !== undefined) return refuse('authorization_revoked')
    const use = useOf(parts.generation, family, client, now)
    if (use === 'unheard') return refuse('refresh_token_unknown', { generation: parts.generation, current: family.generation })
    if (use === 'superseded') return refuse('refresh_token_superseded')
    if (use === 'replayed') return refuse('refresh_token_replayed', { generation: parts.generation, current: family.generation }, revoke(authorization, now))
    if (family.expiresAt <= now || authorization.expiresAt <= now) return refuse('refresh_token_expired')
    if (account?.active !== true) return refuse('account_inactive', { sub: family.sub })
    if (!mayUse(account, client.client_id)) return refuse('account_without_access', { client_id: client.client_id, sub: family.sub })
    if (!client.scope.includes('offline_access')) return refuse('offline_access_withdrawn', { client_id: client.client_id })
    if (isConsentWithdrawn(consent, authorization, client, now)) return refuse('consent_withdrawn', { client_id: client.client_id, sub: family.sub })
    const scope = narrowedScope(request.scope, family.scope.filter((name) => client.scope.includes(name)))
    if (isRefusal(scope)) return scope
    const resource = narrowedResources(request.resource, family.resource, scope, catalogue)
    if (isRefusal(resource)) return resource
    const subject = { sub: family.sub, sector: authorization.sector, authorization: authorization.key, authentication: authorization, claims: authorization.claims }
    const next = advance(use, family, client, now)
    return issue(
      {
        accessToken: accessToken(subject, client, scope, resource.length > 0 ? resource : family.resource, catalogue, now),
        refreshToken: { family: 'known', secret: parts.secret, generation: next.generation },
        ...(scope.includes('openid') ? { idToken: idToken(authorization, client, catalogue, now, { claims: idTokenUserClaims(account, authorization, scope, client) }) } : {}),
      },
      next.writes,
    )
  },
})

type Use = 'current' | 'repeated' | 'superseded' | 'replayed' | 'unheard'

/** What it means that this generation is presented now. Only the immediate predecessor, and only for a while, can be an honest repeat. */
function useOf(generation: number, family: Row<'refresh_token'>, client: Client, now: Instant): Use {
  if (generation === family.generation) return 'current'
  // A genuine token of a later generation means that our own record is behind, as after a restore; that is no theft.
  if (generation > family.generation) return 'unheard'
  if (generation !== family.generation - 1) return 'replayed'
  // A clock that was set back must not reopen the window.
  const age = Math.abs(now - (family.rotatedAt ?? 0))
  const window = client.policy.refreshTokenReplayWindow
  if (window > 0 && age <= window) return 'repeated'
  return window === 0 && age <= DOUBLE_SUBMIT ? 'superseded' : 'replayed'
}

/** Which generation is handed out, and the write that makes it the good one. A repeat changes nothing: it is told its successor again. */
function advance(use: 'current' | 'repeated', family: Row<'refresh_token'>, client: Client, now: Instant): { generation: number; writes: readonly Write[] } {
  if (use === 'repeated') return { generation: family.generation, writes: [] }
  const expiresAt = rested(now, family.startedAt, client)
  if (!client.policy.refreshTokenRotation) return { generation: family.generation, writes: expiresAt === family.expiresAt ? [] : [amend(family, { expiresAt })] }
  const generation = family.generation + 1
  return { generation, writes: [amend(family, { generation, rotatedAt: now, expiresAt })] }
}

