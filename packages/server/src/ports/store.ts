import type { Met, RecordNeeds, Write } from '@latchkey/core'

/** What a store answers for some needs. */
export type KnownRecords<N extends RecordNeeds> = { readonly [Name in keyof N]: Met<N[Name]> }

/**
 * Where everything lives that outlasts a request. A store knows rows, not protocol: what must hold together is in the writes of a decision.
 * `storeContract` in `@latchkey/server/testing` is the definition in tests; whoever writes a store runs it.
 */
export interface Store {
  /** Looks up everything a decision needs, as one consistent snapshot. Expired rows are still rows; core looks at `expiresAt`. */
  gather<N extends RecordNeeds>(needs: N): Promise<KnownRecords<N>>
  /**
   * Applies all writes or none, durably. `conflict` when an inserted key exists or a row is no longer at its revision.
   * Rejects when the store can not tell; then nothing was applied, or it was and a retry meets a conflict.
   */
  commit(writes: readonly Write[]): Promise<'committed' | 'conflict'>
  /** Removes rows whose `expiresAt` is at or before `now`, at most `limit` of them, and answers how many. */
  sweep(now: number, limit: number): Promise<number>
  /** Finishes what was begun and lets go of files and connections. */
  close(): Promise<void>
}
