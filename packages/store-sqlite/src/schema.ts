import { INDEXED, type Kind } from '@latchkey/core'
import type { Database } from 'better-sqlite3'
import { writeTransaction } from './transaction.ts'

/** Marks a SQLite file as ours: “LKEY”. */
export const APPLICATION_ID = 0x4c4b4559

/** One step between two formats, each way in SQL. */
export interface Migration {
  readonly forward: string
  readonly back: string
}

/** From which format a database was brought to which. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/**
 * What makes a database of format n one of format n + 1, and back. A step stands for a change that older programs could not live with:
 * they refuse the newer format. New kinds and new indexes need no step: {@link additions} finds them missing, and older programs
 * may go on beside them, because every index is computed from the record itself.
 */
export const MIGRATIONS: readonly Migration[] = [{ forward: `PRAGMA application_id = ${APPLICATION_ID}`, back: 'PRAGMA application_id = 0' }]

/**
 * Brings the schema to a format, the newest one unless told, once, however many processes open the file. Throws when a newer version wrote it, when it is
 * another program's, and when the format is none.
 */
export function migrate(database: Database, { to, migrations = MIGRATIONS }: { readonly to?: number | undefined; readonly migrations?: readonly Migration[] } = {}): Migrated {
  const target = to ?? migrations.length
  if (!Number.isInteger(target) || target < 1 || target > migrations.length) throw new Error(`there is no format ${target}; this version knows 1 to ${migrations.length}`)
  const from = formatOf(database, migrations)
  if (from === target && additions(database).length === 0) return { from, to: target }
  return writeTransaction(database)(() => {
    const before = formatOf(database, migrations)
    for (const { forward } of migrations.slice(before, target)) database.exec(forward)
    for (const { back } of migrations.slice(target, before).toReversed()) database.exec(back)
    for (const addition of additions(database)) database.exec(addition)
    database.pragma(`user_version = ${target}`)
    return { from: before, to: target }
  })
}

/** The name as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** How many of the migrations the database has seen. Throws when a newer version wrote it, or another program. */
export function formatOf(database: Database, migrations: readonly Migration[] = MIGRATIONS): number {
  // In this order: whoever makes the tables meanwhile marks the file in the same transaction.
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  const application = Number(database.pragma('application_id', { simple: true }))
  if (application !== APPLICATION_ID && !(application === 0 && isEmpty)) throw new Error('it is the database of another program')
  const format = Number(database.pragma('user_version', { simple: true }))
  if (format > migrations.length) throw new Error(`it was written by a newer version (format ${format}; this version knows up to ${migrations.length})`)
  return format
}

/** The SQL that makes the tables, columns and indexes which core asks for and the database lacks. */
function additions(database: Database): readonly string[] {
  const columnsOf = database.prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)').pluck()
  const indexesOf = database.prepare<[string], string>('SELECT name FROM pragma_index_list(?)').pluck()
  return (Object.keys(INDEXED) as Kind[]).flatMap((kind) => {
    const columns = new Set(columnsOf.all(kind))
    const indexes = new Set(indexesOf.all(kind))
    const missing: string[] = []
    if (columns.size === 0) missing.push(`CREATE TABLE ${quoted(kind)} (key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL)`)
    for (const [column, type, member] of indexedColumns(kind)) {
      const index = `${kind}_${column}`
      if (!columns.has(column)) missing.push(`ALTER TABLE ${quoted(kind)} ADD COLUMN ${quoted(column)} ${type} AS (record ->> '$.${member}') VIRTUAL`)
      if (!indexes.has(index)) missing.push(`CREATE INDEX ${quoted(index)} ON ${quoted(kind)} (${quoted(column)}) WHERE ${quoted(column)} IS NOT NULL`)
    }
    return missing
  })
}

function indexedColumns(kind: Kind): readonly (readonly [column: string, type: string, member: string])[] {
  return [['expires_at', 'INTEGER', 'expiresAt'], ...INDEXED[kind].map((member) => [member, 'TEXT', member] as const)]
}
