import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '@latchkey/server'
import { postgresStore } from '@latchkey/store-postgres'
import { sqliteStore } from '@latchkey/store-sqlite'
import { Client } from 'pg'
import { type Issuer, START } from '../../packages/server/test/issuer.ts'
import { isAlive, refreshing, signedIn, tokenRequest, type Tokens } from '../../packages/server/test/tokens.ts'
import type { Postgres } from '../running/postgres.ts'
import { outcomeOf, startCluster } from '../running/redemptions.ts'
import type { Told } from './report.ts'

const REQUESTS_A_SECOND = 200
const CLIENTS = 100
/** As the reference server asks for them. */
const BATCH = 500

/** What removing expired rows cost those who were served meanwhile. */
export interface CleanupLine {
  readonly store: string
  readonly rows: number
  readonly removed: number
  readonly seconds: number
  /** Milliseconds of a refresh, while nothing is removed and while rows are. */
  readonly idle: Latency
  readonly busy: Latency
  readonly failed: number
  /** Whether what was alive before is so afterwards. */
  readonly aliveStays: boolean
}

export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

const RECORD = JSON.stringify({ client_id: 'spa', authorization: 'a', sub: 'alice', redirect_uri: 'https://spa.example/cb', expiresAt: START - 10 })

/** How much is to be removed, and for how many seconds is watched what it is like without. */
export interface Amounts {
  readonly rows: number
  readonly idleSeconds: number
}

/** Fills each store with expired rows, and removes them while a client refreshes at a steady pace. */
export async function cleanups(amounts: Amounts, postgres: Postgres, tell: Told, around: (store: Store) => Store = (store) => store): Promise<readonly CleanupLine[]> {
  const { rows } = amounts
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-cleanup-'))
  try {
    const file = path.join(folder, 'latchkey.db')
    const sqlite = sqliteStore(file)
    fillSqlite(file, rows)
    const first = await cleanup('SQLite', around(sqlite), amounts, tell)
    const url = await postgres.createDatabase()
    const database = await postgresStore({ url, patience: 20_000 })
    await fillPostgres(url, rows)
    return [first, await cleanup('PostgreSQL', around(database), amounts, tell)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function fillSqlite(file: string, rows: number): void {
  const database = new DatabaseSync(file)
  database.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO authorization_code (key, revision, record) SELECT lower(hex(randomblob(32))), 1, ? FROM n`).run(rows, RECORD)
  database.close()
}

async function fillPostgres(url: string, rows: number): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`INSERT INTO latchkey.authorization_code (key, revision, record) SELECT md5(random()::text) || md5(i::text), 1, $2::json FROM generate_series(1, $1::integer) i`, [rows, RECORD])
  await client.query('ANALYZE latchkey.authorization_code')
  await client.end()
}

async function cleanup(store: string, on: Store, { rows, idleSeconds }: Amounts, tell: Told): Promise<CleanupLine> {
  const cluster = await startCluster(on)
  const [issuer] = cluster.nodes
  const kept = await signedIn(issuer)
  tell(`${store}: ${rows} expired rows are there`)
  await steadily(issuer, () => pause(idleSeconds * 200))
  const idle = await steadily(issuer, () => pause(idleSeconds * 1_000))
  const since = performance.now()
  let removed = 0
  const busy = await steadily(issuer, async () => {
    for (let count = BATCH; count === BATCH; removed += count) {
      count = await on.sweep(START, BATCH)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const seconds = (performance.now() - since) / 1_000
  const next = await outcomeOf(await issuer.fetch(tokenRequest(refreshing(kept.refresh_token))))
  const aliveStays = (await isAlive(issuer, kept.access_token)) && typeof next !== 'string'
  await cluster.close()
  tell(`${store}: ${removed} rows removed in ${seconds.toFixed(0)} s; p99 of a refresh ${idle.latency.p99.toFixed(1)} ms before, ${busy.latency.p99.toFixed(1)} ms meanwhile`)
  return { store, rows, removed, seconds, idle: idle.latency, busy: busy.latency, failed: idle.failed + busy.failed, aliveStays }
}

/** Refreshes at a steady pace for as long as the work takes. Latency counts from when a request was due, so that a stop of the process shows in every request it held up. */
async function steadily(issuer: Issuer, work: () => Promise<unknown>): Promise<{ readonly latency: Latency; readonly failed: number }> {
  // A client refreshes one after the other; who finds no client at rest waits, and the wait counts.
  const resting: Tokens[] = []
  while (resting.length < CLIENTS) resting.push(await signedIn(issuer))
  const taken: number[] = []
  const under: Promise<void>[] = []
  let [isOver, failed] = [false, 0]
  const ended = work().finally(() => (isOver = true))
  const begun = performance.now()
  const refresh = async (due: number): Promise<void> => {
    let tokens = resting.shift()
    for (; tokens === undefined; tokens = resting.shift()) await pause(1)
    const outcome = await outcomeOf(await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token))))
    taken.push(performance.now() - due)
    if (typeof outcome === 'string') failed++
    resting.push(typeof outcome === 'string' ? tokens : outcome)
  }
  for (let sent = 0; !isOver; ) {
    for (; begun + (sent * 1_000) / REQUESTS_A_SECOND <= performance.now(); sent++) under.push(refresh(begun + (sent * 1_000) / REQUESTS_A_SECOND))
    await pause(1)
  }
  await ended
  await Promise.all(under)
  const sorted = taken.sort((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { latency: { p50: at(0.5), p99: at(0.99), longest: at(1) }, failed }
}
