import type { Store } from '@latchkey/server'
import { Client, type ClientConfig } from 'pg'
import { commitFunction } from './commit-function.ts'
import { reasonOf } from './faults.ts'
import { reader } from './gather.ts'
import { groupCommits } from './group-commit.ts'
import { openLine } from './line.ts'
import { migrate, type Migrated } from './migrate.ts'
import { sweeper } from './sweep.ts'

/** Where the store lives. */
export interface PostgresStoreOptions {
  /** The database, such as `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly url: string
  /** The schema that holds the tables; `latchkey` unless told. It is created when missing. */
  readonly schema?: string
  /** How many connections each server keeps, at least two; four unless told. Half of them read, half of them write. */
  readonly connections?: number
  /** How long the database may take to answer, in milliseconds; 1000 unless told. */
  readonly patience?: number
}

/** The schema of those who do not say. */
const SCHEMA = 'latchkey'
/** How long connecting may take when the store is opened, in milliseconds. */
const OPENING_TIMEOUT = 10_000

/**
 * The store on PostgreSQL 13 or newer, durable before a commit is answered, shared by any number of servers.
 * Rejects when the database can not be reached, holds something else under the schema's name, or was written by a newer version.
 */
export async function postgresStore(options: string | PostgresStoreOptions): Promise<Store> {
  const { url, schema = SCHEMA, connections = 4, patience = 1_000 } = typeof options === 'string' ? { url: options } : options
  const config = configOf(url)
  await prepared(config, schema)
  const writers = Math.max(1, Math.floor(connections / 2))
  const lines = (count: number) => Array.from({ length: count }, () => openLine(config, patience))
  const reading = [openLine(config, patience), ...lines(Math.max(0, connections - writers - 1))] as const
  const writing = lines(writers)
  const { call } = commitFunction(schema)
  const read = reader(reading, schema)
  const commits = groupCommits(writing, (writes) => ({ name: 'commit', text: call, values: [writes] }), patience)
  const sweep = sweeper(() => openLine(config, patience), schema)
  let closing: Promise<void> | undefined
  const closed = () => Promise.reject(new Error('the store is closed'))

  return {
    gather: (needs) => (closing === undefined ? read(needs) : closed()),
    commit: (writes) => (closing === undefined ? commits.commit(writes) : closed()),
    sweep: (now, limit) => (closing === undefined ? sweep(now, limit) : closed()),
    close: () => (closing ??= commits.settled().then(async () => void (await Promise.all([...reading, ...writing].map((line) => line.end()))))),
  }
}

/**
 * Brings the database to a format, the newest one unless told, and answers where it was and is. An older version of Latchkey opens what was brought back to its
 * format. Rejects as {@link postgresStore} does, and when there is no such format.
 */
export function migratePostgres(options: string | PostgresStoreOptions, to?: number): Promise<Migrated> {
  const { url, schema = SCHEMA } = typeof options === 'string' ? { url: options } : options
  return prepared(configOf(url), schema, to)
}

/** Brings the database to a format. Throws an error that names the place and the reason, and no more. */
async function prepared(config: ClientConfig, schema: string, to?: number): Promise<Migrated> {
  let client: Client | undefined
  try {
    client = new Client({ ...config, connectionTimeoutMillis: OPENING_TIMEOUT })
    client.on('error', () => undefined)
    await client.connect()
    return await migrate(client, schema, { to })
  } catch (error) {
    throw new Error(`can not open the database${client === undefined ? '' : ` ${client.database} at ${client.host}:${client.port}`}: ${reasonOf(error)}`, { cause: error })
  } finally {
    await client?.end()
  }
}

function configOf(url: string): ClientConfig {
  return { connectionString: url, application_name: 'latchkey' }
}
