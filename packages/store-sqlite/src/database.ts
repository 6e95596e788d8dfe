import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { isBusy } from './contention.ts'
import { formatOf, migrate } from './schema.ts'

/** How long opening waits for other processes that open or migrate the same file, in milliseconds. */
const OPENING_TIMEOUT = 30_000

/** Why a file could not be opened, by the code of the failure, in words for the operator. */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not a SQLite database',
  SQLITE_CORRUPT: 'it is damaged',
  SQLITE_READONLY: 'it is read-only',
  SQLITE_CANTOPEN: 'it can not be read',
  SQLITE_BUSY: 'another process keeps it locked',
  SQLITE_FULL: 'the disk is full',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}

/** The database in that file, created and brought to a format as need be. Throws an error that names the file and the reason, and no more. */
export function openDatabase(path: string, cacheMebibytes: number, bring: (database: Database) => void = (database) => void migrate(database)): Database {
  if (path.trim() === '' || path === ':memory:') throw new Error('the SQLite store needs a file')
  try {
    const file = resolve(path)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    createPrivately(file)
    return open(file, cacheMebibytes, bring)
  } catch (error) {
    throw new Error(`can not open the database ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

/** SQLite would create the file with the permissions of the umask; its companions take after it. */
function createPrivately(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
}

function open(file: string, cacheMebibytes: number, bring: (database: Database) => void): Database {
  const database = new Sqlite(file, { timeout: OPENING_TIMEOUT })
  try {
    // Refuses what is not ours before anything in it changes.
    formatOf(database)
    untilFree(() => database.pragma('journal_mode = WAL'))
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = ${-1024 * cacheMebibytes}`)
    database.pragma('temp_store = MEMORY')
    database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
    bring(database)
    // From here on waiting is not SQLite's, which would stop the process, but that of contention.ts.
    database.pragma('busy_timeout = 0')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** SQLite answers busy at once, whatever the timeout, when several connections turn a file to WAL together. */
function untilFree(work: () => void): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 1; ; tries++) {
    try {
      work()
      return
    } catch (error) {
      if (!isBusy(error) || tries >= 500) throw error
      Atomics.wait(pause, 0, 0, 1 + Math.random() * 20)
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the reason is unknown'
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code !== 'string') return error.message
  const known = Object.keys(REASONS).find((name) => code.startsWith(name))
  return (known === undefined ? undefined : REASONS[known]) ?? code
}
