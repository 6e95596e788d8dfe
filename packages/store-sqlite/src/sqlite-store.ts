import type { Store } from '@latchkey/server'
import type { Database } from 'better-sqlite3'
import { unlessBusy } from './contention.ts'
import { openDatabase } from './database.ts'
import { reader } from './gather.ts'
import { groupCommits } from './group-commit.ts'
import { migrate, type Migrated } from './schema.ts'
import { tablesOf } from './tables.ts'
import { sweeper } from './sweep.ts'

/** Where the store lives. */
export interface SqliteStoreOptions {
  /** The database file. It and its directory are created when missing, readable by their owner alone. */
  readonly path: string
  /** How much of the database is kept in memory, in mebibytes; 32 unless told. */
  readonly cacheMebibytes?: number
}

/**
 * The embedded store: one SQLite file, durable before a commit is answered, shared safely by several processes of one machine.
 * Throws when the file can not be opened, holds something else, or was written by a newer version.
 */
export function sqliteStore(options: string | SqliteStoreOptions): Store {
  const { path, cacheMebibytes = 32 } = typeof options === 'string' ? { path: options } : options
  return storeOn(openDatabase(path, cacheMebibytes))
}

/**
 * Brings the file to a format, the newest one unless told, and answers where it was and is. An older version of Latchkey opens what was brought back to its
 * format. Throws as {@link sqliteStore} does, and when there is no such format.
 */
export function migrateSqlite(path: string, to?: number): Migrated {
  const came: Migrated[] = []
  openDatabase(path, 8, (database) => void came.push(migrate(database, { to }))).close()
  return came[0] ?? { from: 0, to: 0 }
}

/** The store on a database that {@link openDatabase} has opened. */
export function storeOn(database: Database): Store {
  const tables = tablesOf(database)
  const read = reader(database, tables)
  const commits = groupCommits(database, tables)
  const sweep = sweeper(database, tables)
  let closing: Promise<void> | undefined
  const closed = () => Promise.reject(new Error('the store is closed'))

  return {
    gather: (needs) => (closing === undefined ? unlessBusy(() => read(needs)) : closed()),
    commit: (writes) => (closing === undefined ? commits.commit(writes) : closed()),
    sweep: (now, limit) => (closing === undefined ? sweep(now, limit) : closed()),
    close: () => (closing ??= commits.settled().then(() => letGo(database))),
  }
}

function letGo(database: Database): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}
