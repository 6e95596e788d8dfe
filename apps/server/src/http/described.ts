import { type Account, type AuthorizationRequest, claimNames, claimsOf, SCOPE_CLAIMS } from '@latchkey/core'
import type { RequestedScope, SignedInUser } from '../pages/index.ts'
import type { Parts } from './application.ts'

/** A user as pages name them. */
export function userOf({ sub, claims }: Account, { users }: Pick<Parts, 'users'>): SignedInUser {
  const username = users.usernameOf(sub) ?? sub
  const { name } = claims
  return typeof name === 'string' ? { username, name } : { username }
}

/** What a client asks for one by one, as lines of the scopes that would have asked for it. @spec OpenID Connect Core §5.5 */
export function describedClaims(request: Pick<AuthorizationRequest, 'scope' | 'claimsRequest'>): readonly RequestedScope[] {
  const covered = claimsOf(request.scope)
  const asked = claimNames(request).filter((name) => !covered.includes(name))
  return Object.entries(SCOPE_CLAIMS).flatMap(([name, claims]) => {
    const wanted = claims.filter((claim) => asked.includes(claim))
    return wanted.length === 0 ? [] : [{ name, description: wanted.join(', ') }]
  })
}

/** A scope with the operator's own words for it, where there are any. */
export function described(name: string, { server }: Pick<Parts, 'server'>): RequestedScope {
  const description = server.catalogue.scopes.get(name)?.description
  return description === undefined ? { name } : { name, description }
}
