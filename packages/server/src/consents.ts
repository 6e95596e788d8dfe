import { withdrawConsent } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { reached } from './reached.ts'
import { accept } from './refused.ts'
import { settle } from './settle.ts'

/** What an application can do with the consents of its users, such as on an account page. */
export interface Consents {
  /**
   * The user takes back everything that they allowed a client: its tokens end now, and it has to ask again. Also for a client that is no
   * longer registered. Rejects with `StoreUnavailable` when it could not be stored; then it can be tried again.
   */
  withdraw(sub: string, client_id: string): Promise<void>
}

/** The consents of a server, once it has begun. */
export function consentsOf(server: () => Promise<AuthorizationServer>): Consents {
  return {
    withdraw: async (sub, client_id) => void accept(await settle(withdrawConsent(sub, client_id), await reached(server))),
  }
}
