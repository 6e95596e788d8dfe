import type { Account } from '@latchkey/core'
import type { Users } from '@latchkey/server'
import { randomBytes } from 'node:crypto'
import type { ConfiguredUser } from '../config/user-schema.ts'
import type { PasswordHash, PasswordHashing } from './password-hashing.ts'
import { usernameKey } from './username.ts'

/** Users who can be signed in by password. */
export interface PasswordUsers extends Users {
  /**
   * The account of this username if the password is right and the account active. Unknown users, wrong passwords and locked users get the
   * same answer after the same work. Rejects with `TooManyAttempts` under load.
   */
  authenticate(username: string, password: string): Promise<Account | undefined>
  /** How the user signs in, for pages that say who is signed in. */
  usernameOf(sub: string): string | undefined
}

const LONGEST_PASSWORD = 4_096

interface Known {
  readonly username: string
  readonly account: Account
  readonly hash: PasswordHash
}

/** The users of a configuration. Passwords in clear are hashed here and then forgotten. */
export async function configuredUsers(users: readonly ConfiguredUser[], hashing: PasswordHashing): Promise<PasswordUsers> {
  const nobody = await hashing.hash(randomBytes(32).toString('base64url'))
  const known = await Promise.all(users.map(async (user): Promise<Known> => ({ username: user.username, account: accountOf(user), hash: user.passwordHash ?? (await hashing.hash(user.password ?? '')) })))
  const bySub = new Map(known.map((user) => [user.account.sub, user]))
  const byUsername = new Map(known.map((user) => [usernameKey(user.username), user]))
  return {
    find: (sub) => bySub.get(sub)?.account,
    usernameOf: (sub) => bySub.get(sub)?.username,
    async authenticate(username, password) {
      if (Buffer.byteLength(password) > LONGEST_PASSWORD) return undefined
      const user = username.length > 256 ? undefined : byUsername.get(usernameKey(username))
      const isRight = await hashing.proves(password, user?.hash ?? nobody)
      return user !== undefined && isRight && user.account.active ? user.account : undefined
    },
  }
}

function accountOf({ sub, locked = false, claims = {}, clients }: ConfiguredUser): Account {
  return Object.freeze({ sub, active: !locked, claims, ...(clients === undefined ? {} : { clients }) })
}
