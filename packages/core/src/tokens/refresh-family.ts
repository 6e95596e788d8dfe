import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import type { Authorization, RefreshFamily } from '../records.ts'
import type { RefreshTokenPlan } from './plan.ts'

/** Whether a sign-in ends in a refresh token: the user granted offline access and the client has the grant. @spec OpenID Connect Core §11 */
export function mayRefresh(authorization: Authorization, client: Client): boolean {
  return authorization.scope.includes('offline_access') && client.grant_types.includes('refresh_token')
}

/** The first refresh token of a new family. */
export function beginFamily(authorization: Authorization, id: string, client: Client, now: Instant): RefreshTokenPlan {
  const { sub, client_id, scope, resource } = authorization
  const record: RefreshFamily = { client_id, authorization: id, sub, scope, resource, generation: 1, startedAt: now, expiresAt: rested(now, now, client) }
  return { family: 'new', record }
}

/** When a family ends that is used now: after resting too long, and at its absolute end in any case. */
export function rested(now: Instant, startedAt: Instant, client: Client): Instant {
  const { refreshTokenSlidingLifetime, refreshTokenAbsoluteLifetime } = client.policy
  return Math.min(now + refreshTokenSlidingLifetime, startedAt + refreshTokenAbsoluteLifetime)
}

/** When everything that descends from an authorization whose tokens are issued now has ended. */
export function authorizationEnd(authorization: Authorization, client: Client, now: Instant): Instant {
  const { refreshTokenAbsoluteLifetime, accessTokenLifetime } = client.policy
  return now + accessTokenLifetime + (mayRefresh(authorization, client) ? refreshTokenAbsoluteLifetime : 0)
}
