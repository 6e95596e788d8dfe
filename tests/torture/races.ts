import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { postgresStore } from '@latchkey/store-postgres'
import { sqliteStore } from '@latchkey/store-sqlite'
import { conflictBlind } from '../../packages/server/test/conflict-blind.ts'
import type { Postgres } from '../running/postgres.ts'
import { type Contest, GUARDED, ONE_PRIZE, ONE_WINNER } from '../running/races.ts'
import { type Cluster, startCluster } from '../running/redemptions.ts'
import type { Told } from './report.ts'

const CALLERS = 50
/** Servers that have stored this many races are exchanged for new ones, with a new database. */
const ROUNDS_A_CLUSTER = 100

/** One line of the table of races. */
export interface RaceLine {
  readonly contest: string
  readonly store: string
  readonly nodes: number
  readonly rounds: number
  /** How many races ended as they must. */
  readonly right: number
  /** The first that did not. */
  readonly wrong?: string
}

/** How often a store without conflicts gave more than one winner. */
export interface BlindLine {
  readonly contest: string
  readonly store: string
  readonly rounds: number
  readonly broken: number
}

/** Races for everything, on every store, by one server and by two. */
export async function races(rounds: number, postgres: Postgres, tell: Told): Promise<{ readonly lines: readonly RaceLine[]; readonly blind: readonly BlindLine[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-torture-'))
  let files = 0
  const stores = {
    SQLite: () => {
      const file = path.join(folder, `${files++}.db`)
      return () => Promise.resolve(sqliteStore(file))
    },
    PostgreSQL: () => {
      const url = postgres.createDatabase()
      return async () => postgresStore({ url: await url, patience: 20_000 })
    },
  }
  const lines: RaceLine[] = []
  const blind: BlindLine[] = []
  try {
    for (const [store, newDatabase] of Object.entries(stores)) {
      for (const nodes of [1, 2]) {
        const start = async () => {
          const open = newDatabase()
          return nodes === 1 ? startCluster(await open()) : startCluster(await open(), await open())
        }
        for (const [name, contest] of Object.entries({ ...ONE_WINNER, ...ONE_PRIZE })) {
          const line = { contest: name, store, nodes, rounds, ...(await raceOften(contest, start, rounds)) }
          lines.push(line)
          tell(`${name}, ${store}, ${nodes === 1 ? '1 server' : '2 servers'}: ${line.right} of ${rounds} right${line.wrong === undefined ? '' : `; ${line.wrong}`}`)
        }
      }
      for (const [name, contest] of Object.entries(GUARDED)) {
        const line = await blindLine(name, contest, store, Math.max(10, Math.ceil(rounds / 10)), async () => startCluster(conflictBlind(await newDatabase()())))
        blind.push(line)
        tell(`${name}, ${store} without conflicts: ${line.broken} of ${line.rounds} with more than one`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { lines, blind }
}

async function raceOften(contest: Contest, start: () => Promise<Cluster>, rounds: number): Promise<{ readonly right: number; readonly wrong?: string }> {
  let right = 0
  let wrong: string | undefined
  for (let done = 0; done < rounds; ) {
    const cluster = await start()
    for (let round = 0; round < ROUNDS_A_CLUSTER && done < rounds; round++, done++) {
      const result = await contest.race(cluster, CALLERS)
      if (isDeepStrictEqual(result, contest.right(CALLERS))) right++
      else wrong ??= JSON.stringify(result)
    }
    await cluster.close()
  }
  return { right, ...(wrong === undefined ? {} : { wrong }) }
}

async function blindLine(contest: string, { race, isBroken }: Contest, store: string, rounds: number, start: () => Promise<Cluster>): Promise<BlindLine> {
  const cluster = await start()
  let broken = 0
  for (let round = 0; round < rounds; round++) if (isBroken(await race(cluster, CALLERS))) broken++
  await cluster.close()
  return { contest, store, rounds, broken }
}
