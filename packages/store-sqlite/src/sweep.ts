import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { unlessBusy } from './contention.ts'
import type { Tables } from './tables.ts'
import { writeTransaction } from './transaction.ts'

/** So many rows go in one transaction: few enough that a commit never waits long behind it. */
const BATCH = 250

/** Removes what has expired, in small transactions between which others get their turn. */
export function sweeper(database: Database, tables: Tables): (now: number, limit: number) => Promise<number> {
  const transaction = writeTransaction(database)
  return async (now, limit) => {
    let swept = 0
    for (const table of tables.values()) {
      for (let full = true; full && swept < limit; ) {
        const batch = Math.min(BATCH, limit - swept)
        const { changes } = await unlessBusy(() => transaction(() => table.sweep.run(now, batch)))
        swept += changes
        full = changes === batch
        if (full) await turn()
      }
    }
    return swept
  }
}
