import type { Store } from '../../ports/store.ts'

/** A case of the contract, given an empty store, and how to open the same place once more. Closing a store twice is allowed. */
export interface StoreCase {
  readonly name: string
  run(store: Store, openAgain: () => Promise<Store>): Promise<void>
}
