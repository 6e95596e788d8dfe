import { randomInt } from 'node:crypto'
import type { Write } from '@latchkey/core'
import type { Table, Tables } from './tables.ts'

/** One write that is ready to run; answers whether the row was as the write expects. */
export type Step = () => boolean

/** Revisions begin somewhere at random, so that a row which was removed and inserted again does not come back to a revision it had. */
const REVISIONS = 2 ** 48 - 1

/**
 * The writes of one commit, made ready. Whatever is wrong with them is thrown here, before they share a transaction with other commits.
 * Throws TypeError for a kind that does not exist, for two writes on one row, and for a name SQLite could not look up again.
 */
export function steps(tables: Tables, writes: readonly Write[]): readonly Step[] {
  const rows = new Set(writes.map(({ kind, key }) => `${kind} ${key}`))
  if (rows.size < writes.length) throw new TypeError('two writes of one commit are on the same row')
  return writes.map((write) => step(tables, write))
}

function step(tables: Tables, write: Write): Step {
  const table = tables.get(write.kind)
  if (table === undefined) throw new TypeError(`no records are of the kind ${write.kind}`)
  const { key } = write
  mustBeFindable(key)
  switch (write.write) {
    case 'insert': {
      const record = textOf(table, write.record)
      return () => table.insert.run(key, randomInt(REVISIONS), record).changes === 1
    }
    case 'replace': {
      const { revision } = write
      const record = textOf(table, write.record)
      return () => table.replace.run(record, key, revision).changes === 1
    }
    case 'remove': {
      const { revision } = write
      return () => table.remove.run(key, revision).changes === 1
    }
  }
}

function textOf(table: Table, record: object): string {
  for (const member of table.indexed) {
    const value: unknown = Reflect.get(record, member)
    if (typeof value === 'string') mustBeFindable(value)
  }
  return JSON.stringify(record)
}

/** Text that is not well-formed changes on its way into SQLite, and text with a NUL ends there. */
function mustBeFindable(text: string): void {
  if (/[\p{Surrogate}\0]/u.test(text)) throw new TypeError('a key or an indexed member is not well-formed text')
}
