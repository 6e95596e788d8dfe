import { randomInt } from 'node:crypto'
import type { Write } from '@latchkey/core'
import { KINDS } from './schema.ts'
import { storedJson } from './stored-text.ts'

/** Revisions begin somewhere at random, so that a row which was removed and inserted again does not come back to a revision it had. */
const REVISIONS = 2 ** 48 - 1

/** The writes of one commit, made ready. */
export interface Written {
  /** Each write as JSON, without the braces around it. */
  readonly writes: readonly string[]
  /** The rows that are written, by kind and key. */
  readonly rows: readonly string[]
  /** The revisions that are expected, by kind, key and revision. */
  readonly expects: readonly string[]
}

/**
 * The writes of one commit as they are sent. Whatever is wrong with them is thrown here, before they share a transaction with other commits.
 * Throws TypeError for a kind that does not exist, and for two writes on one row.
 */
export function written(writes: readonly Write[]): Written {
  const rows = writes.map(({ kind, key }) => `${kind} ${key}`)
  if (new Set(rows).size < writes.length) throw new TypeError('two writes of one commit are on the same row')
  for (const { kind } of writes) if (!KINDS.includes(kind)) throw new TypeError(`no records are of the kind ${kind}`)
  return {
    rows,
    writes: writes.map((write) => {
      const revision = write.write === 'insert' ? randomInt(REVISIONS) : write.revision
      const record = write.write === 'remove' ? '' : `,"record":${storedJson(write.record)}`
      return `"write":"${write.write}","kind":"${write.kind}","key":${storedJson(write.key)},"revision":${revision}${record}`
    }),
    expects: writes.map(({ kind, key, ...write }) => `${kind} ${'revision' in write ? write.revision : 'none'} ${key}`),
  }
}
