import { type Child, LOAD_CORE, SERVER_CORE, start } from './child.ts'
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
  /** Resident memory at the end, in bytes, and how many units of work led to it. */
  readonly resident: number
  readonly total: number
  readonly sample: string
}

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
    return await rounds(runners, pace, say)
  } finally {
    await Promise.all([load.stop(), ...runners.map(({ child }) => child.stop())])
  }
}

async function rounds(runners: readonly Runner[], pace: Pace, say: (text: string) => void): Promise<readonly Measured[]> {
  const seen = new Map<Runner, (LoadResult & { cpu: number })[]>(runners.map((runner) => [runner, []]))
  const totals = new Map<Runner, number>()
  for (let round = 0; round <= pace.rounds; round++) {
    for (const runner of runners) {
      const before = runner.child.cpu()
      const result = await runner.run(round === 0 ? pace.warmUp : pace.seconds)
      totals.set(runner, (totals.get(runner) ?? 0) + result.count)
      if (round > 0) seen.get(runner)?.push({ ...result, cpu: runner.child.cpu() - before })
    }
    say(round === 0 ? '  warm' : `  round ${round}: ${runners.map((runner) => `${runner.contestant} ${Math.round(rateOf(seen.get(runner)?.at(-1)))}/s`).join(' · ')}`)
  }
  const measured: Measured[] = []
  for (const runner of runners) measured.push(await summary(runner, seen.get(runner) ?? [], totals.get(runner) ?? 0, pace))
  return measured
}

async function summary(runner: Runner, results: readonly (LoadResult & { cpu: number })[], total: number, pace: Pace): Promise<Measured> {
  const rates = results.map(rateOf)
  const rate = median(rates)
  const { contestant, child } = runner
  const isServer = contestant !== 'http' && contestant !== 'signing'
  const resident = child.resident()
  const half = isServer ? await runner.run(pace.seconds, rate / 2) : undefined
  return {
    contestant,
    rates,
    rate,
    cpu: median(results.map(({ cpu, count }) => (cpu / count) * 1e6)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    ...(half === undefined ? {} : { half: { p50: half.p50, p99: half.p99 } }),
    resident,
    total,
    sample: results.at(-1)?.sample ?? '',
  }
}

async function runnerOf(contestant: Contestant, row: Row, pace: Pace, load: Child, database: () => string): Promise<Runner> {
  const { alg, format } = row
  const setting: ServerSetting = { alg, format, store: contestant === 'ours, SQLite' ? database() : 'memory' }
  const child = await start(PROGRAMS[contestant], SERVER_CORE, setting)
  if (contestant === 'signing') return { contestant, child, run: async (seconds) => ({ p50: 0, p99: 0, sample: '', ...(await child.ask<{ count: number; seconds: number }>(seconds)) }) }
  const work = contestant === 'http' ? 'client-credentials' : row.work
  const authorizationPath = contestant === 'peer, memory' ? '/auth' : '/authorize'
  return { contestant, child, run: (seconds, rate) => put(load, { port: child.port, work, authorizationPath, connections: pace.connections, seconds, ...(rate === undefined ? {} : { rate }) }) }
}

const PROGRAMS = {
  'ours, SQLite': './servers/latchkey.ts',
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
