import type { Database } from 'better-sqlite3'

/** A way to run work inside a transaction: all of it holds, or none. */
export type Transaction = <T>(work: () => T) => T

/** A transaction that may write, and so takes the lock before it reads. */
export function writeTransaction(database: Database): Transaction {
  return transaction(database, 'BEGIN IMMEDIATE')
}

/** A transaction in which all reads see the same state. */
export function readTransaction(database: Database): Transaction {
  return transaction(database, 'BEGIN')
}

function transaction(database: Database, opening: string): Transaction {
  const begin = database.prepare(opening)
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  return (work) => {
    begin.run()
    try {
      const result = work()
      commit.run()
      return result
    } catch (error) {
      // SQLite itself rolls back when the disk is full or fails.
      if (database.inTransaction) rollback.run()
      throw error
    }
  }
}
