import type { Account } from '@latchkey/core'

/** Where users live. Signing them in is the business of the pages; the protocol asks only who they are. */
export interface Users {
  /** The account of a subject, `undefined` when there is none. */
  find(sub: string): Promise<Account | undefined> | Account | undefined
}
