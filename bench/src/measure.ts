import { busy, type Child, LOAD_CORE, SERVER_CORE, start } from './child.ts'
import type { LoadOrder, LoadResult } from './load/load.ts'
import type { Contestant, Row } from './rows.ts'
import type { ServerSetting } from './setting.ts'

/** How long and how often everything is measured. */
export interface Pace {
  readonly warmUp: number
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
}

/** One contestant in one row; medians over the rounds. Latencies are milliseconds. */
export interface Measured {
  readonly contestant: Contestant
  /** Units of work a second, in every round. */
  readonly rates: readonly number[]
  readonly rate: number
  /** Microseconds on the processor for one unit of work. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
  /** Latency under half of the median rate; for servers only. */
  readonly half?: { readonly p50: number; readonly p99: number }
  /** The most of either core that processes without a part in it took in one of the rounds that count. */
  readonly disturbance: number
  /** Resident memory at the end, in bytes, and how many units of work led to it. */
  readonly resident: number
  readonly total: number
  readonly sample: string
}

/** The PostgreSQL database of the rows that need one. */
export const DATABASE_URL = process.env['DATABASE_URL'] ?? ''

interface Runner {
  readonly contestant: Contestant
  readonly child: Child
  run(seconds: number, rate?: number): Promise<LoadResult>
}

/** Measures all contestants of a row in turns: each round asks each of them once. */
export async function measure(row: Row, pace: Pace, database: () => string, say: (text: string) => void): Promise<readonly Measured[]> {
  const runners: Runner[] = []
  const load = await start('./load/load.ts', LOAD_CORE)
  try {
    for (const contestant of row.contestants) runners.push(await runnerOf(contestant, row, pace, load, database))
    return await rounds(runners, load, pace, say)
  } finally {
    await Promise.all([load.stop(), ...runners.map(({ child }) => child.stop())])
  }
}

/** One contestant's turn: what the load saw, and how both cores spent the time. */
interface Turn extends LoadResult {
  /** Seconds on the processor. */
  readonly cpu: number
  /** The greater share of the two cores that went to processes which have no part in the turn. */
  readonly disturbance: number
}

/** A round is quiet when others took no more of either core in any of its turns. */
const QUIET = 0.1
/** So many times as many rounds as are wanted are tried to find enough quiet ones. */
const PATIENCE = 3

async function rounds(runners: readonly Runner[], load: Child, pace: Pace, say: (text: string) => void): Promise<readonly Measured[]> {
  const totals = runners.map(() => 0)
  const round = async (seconds: number): Promise<readonly Turn[]> => {
    const turns: Turn[] = []
    for (const runner of runners) turns.push(await turn(runner, load, seconds))
    for (const [at, { count }] of turns.entries()) totals[at] = (totals[at] ?? 0) + count
    return turns
  }
  await round(pace.warmUp)
  const played: (readonly Turn[])[] = []
  for (let left = pace.rounds, most = pace.rounds * PATIENCE; left > 0 && most > 0; most--) {
    const turns = await round(pace.seconds)
    played.push(turns)
    if (disturbanceOf(turns) <= QUIET) left--
    const rates = runners.map(({ contestant }, at) => `${contestant} ${Math.round(rateOf(turns[at]))}/s`)
    say(`  round ${played.length}: ${rates.join(' · ')}${disturbanceOf(turns) <= QUIET ? '' : ` (others took ${Math.round(disturbanceOf(turns) * 100)} % of a core)`}`)
  }
  const quietest = [...played].sort((one, other) => disturbanceOf(one) - disturbanceOf(other)).slice(0, pace.rounds)
  const measured: Measured[] = []
  for (const [at, runner] of runners.entries()) measured.push(await summary(runner, quietest.flatMap((turns) => turns[at] ?? []), totals[at] ?? 0, pace))
  return measured
}

function disturbanceOf(turns: readonly Turn[]): number {
  return Math.max(...turns.map(({ disturbance }) => disturbance))
}

async function turn(runner: Runner, load: Child, seconds: number): Promise<Turn> {
  const spent = () => ({ server: runner.child.cpu(), load: load.cpu(), serverCore: busy(SERVER_CORE), loadCore: busy(LOAD_CORE) })
  const before = spent()
  const began = performance.now()
  const result = await runner.run(seconds)
  const taken = (performance.now() - began) / 1000
  const after = spent()
  const foreign = (core: 'serverCore' | 'loadCore', own: 'server' | 'load') => (after[core] - before[core] - (after[own] - before[own])) / taken
  return { ...result, cpu: after.server - before.server, disturbance: Math.max(0, foreign('serverCore', 'server'), foreign('loadCore', 'load')) }
}

async function summary(runner: Runner, turns: readonly Turn[], total: number, pace: Pace): Promise<Measured> {
  const rates = turns.map(rateOf)
  const rate = median(rates)
  const { contestant, child } = runner
  const isServer = contestant !== 'http' && contestant !== 'signing'
  const resident = child.resident()
  const half = isServer ? await runner.run(pace.seconds, rate / 2) : undefined
  return {
    contestant,
    rates,
    rate,
    cpu: median(turns.map(({ cpu, count }) => (cpu / count) * 1e6)),
    p50: median(turns.map(({ p50 }) => p50)),
    p99: median(turns.map(({ p99 }) => p99)),
    ...(half === undefined ? {} : { half: { p50: half.p50, p99: half.p99 } }),
    disturbance: Math.max(...turns.map(({ disturbance }) => disturbance)),
    resident,
    total,
    sample: turns.at(-1)?.sample ?? '',
  }
}

async function runnerOf(contestant: Contestant, row: Row, pace: Pace, load: Child, database: () => string): Promise<Runner> {
  const { alg, format } = row
  const setting: ServerSetting = { alg, format, store: contestant === 'ours, SQLite' ? database() : contestant === 'ours, PostgreSQL' ? DATABASE_URL : 'memory' }
  const child = await start(PROGRAMS[contestant], SERVER_CORE, setting)
  if (contestant === 'signing') return { contestant, child, run: async (seconds) => ({ p50: 0, p99: 0, sample: '', ...(await child.ask<{ count: number; seconds: number }>(seconds)) }) }
  const work = contestant === 'http' ? 'client-credentials' : row.work
  const authorizationPath = contestant === 'peer, memory' ? '/auth' : '/authorize'
  return { contestant, child, run: (seconds, rate) => put(load, { port: child.port, work, authorizationPath, connections: pace.connections, seconds, ...(rate === undefined ? {} : { rate }) }) }
}

const PROGRAMS = {
  'ours, SQLite': './servers/latchkey.ts',
  'ours, PostgreSQL': './servers/latchkey.ts',
  'ours, memory': './servers/latchkey.ts',
  'peer, memory': './servers/peer.ts',
  http: './servers/http-alone.ts',
  signing: './servers/signing-alone.ts',
} as const satisfies Record<Contestant, string>

async function put(load: Child, order: LoadOrder): Promise<LoadResult> {
  const answer = await load.ask<{ result?: LoadResult; fault?: string }>(order)
  if (answer.result === undefined) throw new Error(`the load failed: ${answer.fault ?? 'no result'}`)
  return answer.result
}

function rateOf(result: { readonly count: number; readonly seconds: number } | undefined): number {
  return result === undefined ? 0 : result.count / result.seconds
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  const at = Math.floor(sorted.length / 2)
  const [middle = 0, below = middle] = [sorted[at], sorted[at - 1]]
  return sorted.length % 2 === 1 ? middle : (middle + below) / 2
}
