import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { memoryStore } from '@latchkey/server/testing'
import { postgresStore } from '@latchkey/store-postgres'
import { sqliteStore } from '@latchkey/store-sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conflictBlind } from '../packages/server/test/conflict-blind.ts'
import { type Postgres, startPostgres } from './running/postgres.ts'
import { type Contest, GUARDED, ONE_PRIZE, ONE_WINNER, type Result } from './running/races.ts'
import { type Cluster, startCluster } from './running/redemptions.ts'

const CALLERS = 50
const ROUNDS = 10

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-races-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = () => path.join(folder, `${files++}.db`)

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())
const patientStore = (url: string) => postgresStore({ url, patience: 20_000 })

const STORES: Readonly<Record<string, () => Promise<Cluster>>> = {
  'one server in memory': () => startCluster(memoryStore()),
  'one server on SQLite': () => startCluster(sqliteStore(newFile())),
  'two servers with a connection each on one SQLite file': () => {
    const file = newFile()
    return startCluster(sqliteStore(file), sqliteStore(file))
  },
  'one server on PostgreSQL': async () => startCluster(await patientStore(await postgres.createDatabase())),
  'two servers on one PostgreSQL database': async () => {
    const url = await postgres.createDatabase()
    return startCluster(await patientStore(url), await patientStore(url))
  },
}

async function races(startStore: () => Promise<Cluster>, contest: Contest): Promise<readonly Result[]> {
  const cluster = await startStore()
  try {
    const results: Result[] = []
    while (results.length < ROUNDS) results.push(await contest.race(cluster, CALLERS))
    return results
  } finally {
    await cluster.close()
  }
}

const always = (result: Result) => Array.from({ length: ROUNDS }, () => result)

describe.each(Object.entries(STORES))(`S05 ${CALLERS} callers at once, %s`, (_, startStore) => {
  test.each(Object.entries(ONE_WINNER))('%s has one winner, whose tokens live', async (__, contest) => {
    expect(await races(startStore, contest)).toEqual(always(contest.right(CALLERS)))
  })

  test.each(Object.entries(ONE_PRIZE))('%s ends in one thing, told to all', async (__, contest) => {
    expect(await races(startStore, contest)).toEqual(always(contest.right(CALLERS)))
  })
})

describe('S05 would be noticed: a store that never tells of a conflict', () => {
  const BLIND = {
    memory: () => startCluster(conflictBlind()),
    SQLite: () => startCluster(conflictBlind(sqliteStore(newFile()))),
    PostgreSQL: async () => startCluster(conflictBlind(await patientStore(await postgres.createDatabase()))),
  }
  test.each(Object.entries(BLIND).flatMap(([store, start]) => Object.entries(GUARDED).map(([name, contest]) => [name, store, start, contest] as const)))('%s ends in more than one, in %s', async (_, __, startStore, contest) => {
    expect((await races(startStore, contest)).filter(contest.isBroken)).toHaveLength(ROUNDS)
  })
})
