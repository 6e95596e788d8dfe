import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { commitFunction } from './commit-function.ts'
import { creationOf, indexesOf, KINDS, quoted } from './schema.ts'

/** One step between two formats, each way in SQL; `{schema}` stands for the schema. */
export interface Migration {
  readonly forward: string
  readonly back: string
}

/**
 * What makes a database of format n one of format n + 1, and back. A step stands for a change that older programs could not live with:
 * they refuse the newer format. New kinds, new indexes and the function that commits need no step: they are found missing, and older programs may go on
 * beside them.
 */
export const MIGRATIONS: readonly Migration[] = [
  { forward: 'CREATE TABLE {schema}.format (number integer NOT NULL); INSERT INTO {schema}.format (number) VALUES (1)', back: 'DROP SCHEMA {schema} CASCADE' },
]

/** “latchkey” for `pg_advisory_lock`: whoever changes a schema holds it. */
const LOCK = 0x6c6b6579
/** How long others may take to migrate, in milliseconds. */
const MOST_WAITING = 60_000

/** From which format a database was brought to which. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/**
 * Brings the schema to a format, the newest one unless told, once, however many servers ask for it. Throws when a newer version wrote it, when it is
 * another program's, and when the format is none.
 */
export async function migrate(client: Client, schema: string, { to, migrations = MIGRATIONS }: { readonly to?: number | undefined; readonly migrations?: readonly Migration[] } = {}): Promise<Migrated> {
  const target = to ?? migrations.length
  if (!Number.isInteger(target) || target < 1 || target > migrations.length) throw new Error(`there is no format ${target}; this version knows 1 to ${migrations.length}`)
  const from = await formatOf(client, schema, migrations)
  if (from === target && (await missing(client, schema)).length === 0) return { from, to: target }
  return alone(client, async () => {
    const before = await formatOf(client, schema, migrations)
    await step(client, schema, before, target, migrations)
    for (const each of await missing(client, schema)) await client.query(each)
    return { from: before, to: target }
  })
}

/** How many of the migrations the schema has seen. Throws when a newer version wrote it, or another program. */
export async function formatOf(client: Client, schema: string, migrations: readonly Migration[] = MIGRATIONS): Promise<number> {
  const relations = await relationsOf(client, schema)
  if (relations.size === 0) return 0
  if (!relations.has('format')) throw new Error(`its schema ${schema} is that of another program`)
  const { rows } = await client.query<{ number: number }>(`SELECT number FROM ${quoted(schema)}.format`)
  const format = Number(rows[0]?.number)
  if (!(format <= migrations.length)) throw new Error(`it was written by a newer version (format ${format}; this version knows up to ${migrations.length})`)
  return format
}

async function step(client: Client, schema: string, from: number, to: number, migrations: readonly Migration[]): Promise<void> {
  const steps = from <= to ? migrations.slice(from, to).map(({ forward }) => forward) : migrations.slice(to, from).toReversed().map(({ back }) => back)
  if (steps.length === 0) return
  await client.query('BEGIN')
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${quoted(schema)}`)
    for (const each of steps) await client.query(each.replaceAll('{schema}', () => quoted(schema)))
    await client.query(`UPDATE ${quoted(schema)}.format SET number = ${to}`)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** The SQL that makes what core asks for and the schema lacks. Indexes are built while others go on writing; one whose making broke off is made again. */
async function missing(client: Client, schema: string): Promise<readonly string[]> {
  const relations = await relationsOf(client, schema)
  const { name, creation } = commitFunction(schema)
  const { rowCount } = await client.query('SELECT 1 FROM pg_proc WHERE pronamespace = $1::text::regnamespace AND proname = $2', [quoted(schema), name]).catch(() => ({ rowCount: 0 }))
  const tables = KINDS.flatMap((kind) => {
    const isNew = !relations.has(kind)
    const indexes = indexesOf(schema, kind).flatMap((index) => {
      if (relations.get(index.name) === 'sound') return []
      const create = `CREATE INDEX ${isNew ? '' : 'CONCURRENTLY '}${quoted(index.name)} ON ${index.on}`
      return relations.has(index.name) ? [`DROP INDEX ${quoted(schema)}.${quoted(index.name)}`, create] : [create]
    })
    return isNew ? [creationOf(schema, kind), ...indexes] : indexes
  })
  return rowCount === 0 ? [...tables, creation] : tables
}

/** The tables and indexes of the schema by name, and whether each is sound. */
async function relationsOf(client: Client, schema: string): Promise<ReadonlyMap<string, 'sound' | 'unsound'>> {
  const text = `SELECT relname, coalesce(indisvalid, true) AS sound FROM pg_class LEFT JOIN pg_index ON indexrelid = pg_class.oid
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'i', 'v', 'p')`
  const { rows } = await client.query<{ relname: string; sound: boolean }>(text, [schema])
  return new Map(rows.map(({ relname, sound }) => [relname, sound ? 'sound' : 'unsound']))
}

/** Does the work while nobody else migrates. Waiting inside the database would keep an index from being built, so it is asked again and again. */
async function alone<T>(client: Client, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += 50) {
    const { rows } = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS ours`)
    if (rows[0]?.ours === true) break
    if (waited >= MOST_WAITING) throw new Error('another server has been migrating it for a minute')
    await pause(50)
  }
  try {
    return await work()
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${LOCK})`)
  }
}
