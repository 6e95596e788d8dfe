import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { sqliteStore } from '@latchkey/store-sqlite'

/** A store in a SQLite file that fails where it is told to. */
export interface FaultyStore {
  readonly store: Store
  /** What was committed, or tried to be. */
  readonly commits: (readonly Write[])[]
  /** Lets so many commits pass, and fails the one after them before it begins. */
  failAfter(passing: number): void
  /** Fails the statement that this write comes to, in the midst of its commit, as a trigger of the database. */
  failAt(write: Write): void
  /** Fails no more. */
  heal(): void
  /** Everything that is in the file. */
  content(): Content
  /** Everything that was in the file when the last commit was begun. */
  contentBeforeLast(): Content
  /** A sound store in a file beside. */
  another(): Store
  /** Removes the files; the stores are closed before. */
  remove(): void
}

export type Content = Readonly<Record<string, unknown>>

const HAPPENING = { insert: 'INSERT', replace: 'UPDATE', remove: 'DELETE' } as const

/** A store in a folder of its own. */
export function faultyStore(): FaultyStore {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-faults-'))
  const inner = sqliteStore(path.join(folder, 'latchkey.db'))
  // Another program's view of the same file.
  const file = new DatabaseSync(path.join(folder, 'latchkey.db'))
  const commits: (readonly Write[])[] = []
  let passing = Number.POSITIVE_INFINITY
  let before: Content = {}
  const content = (): Content => {
    const tables = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all().map(({ name }) => String(name))
    return Object.fromEntries(tables.map((name) => [name, file.prepare(`SELECT key, revision, record FROM "${name}" ORDER BY key`).all()]))
  }
  const store: Store = {
    ...inner,
    commit(writes) {
      commits.push(writes)
      before = content()
      return passing-- === 0 ? Promise.reject(new Error('SQLITE_FULL: database or disk is full')) : inner.commit(writes)
    },
  }
  return {
    store,
    commits,
    failAfter: (count) => void (passing = count),
    failAt: ({ write, kind }) => file.exec(`CREATE TRIGGER fault AFTER ${HAPPENING[write]} ON "${kind}" BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`),
    heal() {
      passing = Number.POSITIVE_INFINITY
      file.exec('DROP TRIGGER IF EXISTS fault')
    },
    content,
    contentBeforeLast: () => before,
    another: () => sqliteStore(path.join(folder, 'another.db')),
    remove() {
      file.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
