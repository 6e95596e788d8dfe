import { INDEXED, type Kind } from '@latchkey/core'
import type { Database, Statement } from 'better-sqlite3'
import { quoted } from './schema.ts'

/** The statements on the rows of one kind, prepared once. */
export interface Table {
  readonly kind: Kind
  readonly indexed: readonly string[]
  readonly find: Statement<[key: string], [revision: number, record: string]>
  readonly among: ReadonlyMap<string, Statement<[value: string], [revision: number, record: string, key: string]>>
  readonly insert: Statement<[key: string, revision: number, record: string]>
  readonly replace: Statement<[record: string, key: string, revision: number]>
  readonly remove: Statement<[key: string, revision: number]>
  readonly sweep: Statement<[now: number, limit: number]>
}

export type Tables = ReadonlyMap<Kind, Table>

/** The tables of all kinds. */
export function tablesOf(database: Database): Tables {
  return new Map((Object.keys(INDEXED) as Kind[]).map((kind) => [kind, tableOf(database, kind)]))
}

function tableOf(database: Database, kind: Kind): Table {
  const table = quoted(kind)
  const indexed: readonly string[] = INDEXED[kind]
  return {
    kind,
    indexed,
    find: database.prepare<[string], [number, string]>(`SELECT revision, record FROM ${table} WHERE key = ?`).raw(),
    among: new Map(
      indexed.map((member) => [member, database.prepare<[string], [number, string, string]>(`SELECT revision, record, key FROM ${table} WHERE ${quoted(member)} = ?`).raw()]),
    ),
    insert: database.prepare(`INSERT INTO ${table} (key, revision, record) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING`),
    replace: database.prepare(`UPDATE ${table} SET record = ?, revision = revision + 1 WHERE key = ? AND revision = ?`),
    remove: database.prepare(`DELETE FROM ${table} WHERE key = ? AND revision = ?`),
    sweep: database.prepare(`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ?)`),
  }
}
