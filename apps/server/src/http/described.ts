import type { Account } from '@latchkey/core'
import type { RequestedScope, SignedInUser } from '../pages/index.ts'
import type { Parts } from './application.ts'

/** A user as pages name them. */
export function userOf({ sub, claims }: Account, { users }: Pick<Parts, 'users'>): SignedInUser {
  const username = users.usernameOf(sub) ?? sub
  const { name } = claims
  return typeof name === 'string' ? { username, name } : { username }
}

/** A scope with the operator's own words for it, where there are any. */
export function described(name: string, { server }: Pick<Parts, 'server'>): RequestedScope {
  const description = server.catalogue.scopes.get(name)?.description
  return description === undefined ? { name } : { name, description }
}
