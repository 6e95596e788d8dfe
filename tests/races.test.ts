import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { memoryStore } from '@latchkey/server/testing'
import { sqliteStore } from '@latchkey/store-sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { conflictBlind } from '../packages/server/test/conflict-blind.ts'
import { isAlive } from '../packages/server/test/tokens.ts'
import { finishPushedRequest } from './running/pushed-request.ts'
import { type Cluster, outcomeOf, type Redemption, refreshOf, REPEATABLE, SINGLE_USE, startCluster } from './running/redemptions.ts'

const CALLERS = 50
const ROUNDS = 10

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-races-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = () => path.join(folder, `${files++}.db`)

const STORES: Readonly<Record<string, () => Promise<Cluster>>> = {
  'one server in memory': () => startCluster(memoryStore()),
  'one server on SQLite': () => startCluster(sqliteStore(newFile())),
  'two servers with a connection each on one SQLite file': () => {
    const file = newFile()
    return startCluster(sqliteStore(file), sqliteStore(file))
  },
}

/** What came of a race. */
interface Result {
  readonly winners: number
  /** Every kind of refusal there was, as status and error. */
  readonly refusals: readonly string[]
  readonly successors: number
  /** Whether each winner's access token is good afterwards, at every server. */
  readonly alive: boolean
  /** Whether the successor can itself be used afterwards. */
  readonly lasting: boolean
}

/** Sends one redemption from many callers at once, spread over the servers. */
async function race({ nodes }: Cluster, redemption: Redemption): Promise<Result> {
  const request = await redemption.obtain(nodes[0])
  const answers = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => (nodes[caller % nodes.length] ?? nodes[0]).fetch(request())))
  const outcomes = await Promise.all(answers.map(outcomeOf))
  const won = outcomes.filter((outcome) => typeof outcome !== 'string')
  const alive = await Promise.all(won.flatMap(({ access_token }) => nodes.map((node) => isAlive(node, access_token))))
  const next = won[0] === undefined ? 'nobody won' : await outcomeOf(await nodes[0].fetch(refreshOf(won[0], redemption)))
  return {
    winners: won.length,
    refusals: [...new Set(outcomes.filter((outcome) => typeof outcome === 'string'))],
    successors: new Set(won.map(({ refresh_token }) => refresh_token)).size,
    alive: alive.every(Boolean),
    lasting: typeof next !== 'string',
  }
}

async function races(startStore: () => Promise<Cluster>, redemption: Redemption): Promise<readonly Result[]> {
  const cluster = await startStore()
  try {
    const results: Result[] = []
    while (results.length < ROUNDS) results.push(await race(cluster, redemption))
    return results
  } finally {
    await cluster.close()
  }
}

/** The codes that pushed requests ended in, each finished in many tabs at once. */
async function finished(startStore: () => Promise<Cluster>): Promise<readonly (readonly string[])[]> {
  const cluster = await startStore()
  try {
    const codes: (readonly string[])[] = []
    while (codes.length < ROUNDS) codes.push(await finishPushedRequest(cluster, CALLERS))
    return codes
  } finally {
    await cluster.close()
  }
}

const always = (result: Result) => Array.from({ length: ROUNDS }, () => result)

describe.each(Object.entries(STORES))(`${CALLERS} callers at once, %s`, (_, startStore) => {
  test.each(Object.entries(SINGLE_USE))('%s has one winner, whose tokens live', async (__, redemption) => {
    expect(await races(startStore, redemption)).toEqual(always({ winners: 1, refusals: ['400 invalid_grant'], successors: 1, alive: true, lasting: true }))
  })

  test('a refresh token that may be repeated has one successor, told to all', async () => {
    expect(await races(startStore, REPEATABLE)).toEqual(always({ winners: CALLERS, refusals: [], successors: 1, alive: true, lasting: true }))
  })

  test('J06 a pushed request that is finished in many tabs ends in one code', async () => {
    for (const codes of await finished(startStore)) expect(codes).toHaveLength(1)
  })
})

describe('would be noticed: a store that never tells of a conflict', () => {
  const BLIND = { memory: () => startCluster(conflictBlind()), SQLite: () => startCluster(conflictBlind(sqliteStore(newFile()))) }
  test.each(Object.entries(BLIND).flatMap(([store, start]) => Object.entries(SINGLE_USE).map(([name, redemption]) => [name, store, start, redemption] as const)))('%s has many winners, in %s', async (_, __, startStore, redemption) => {
    for (const { winners } of await races(startStore, redemption)) expect(winners).toBeGreaterThan(1)
  })
  test.each(Object.entries(BLIND))('J06 a pushed request has many codes, in %s', async (_, startStore) => {
    for (const codes of await finished(startStore)) expect(codes.length).toBeGreaterThan(1)
  })
})
