import type { Account } from '@latchkey/core'

/** Where users live. Signing them in is the business of the pages; the protocol asks only who they are. */
export interface Users {
  /** The account of a subject, `undefined` when there is none. */
  find(sub: string): Promise<Account | undefined> | Account | undefined
  /**
   * The account of a username if the password is right, `undefined` for everything else, after the same work. Where it is offered,
   * clients of profile legacy may use the password grant; nobody else asks for it here.
   */
  authenticate?(username: string, password: string): Promise<Account | undefined>
}
