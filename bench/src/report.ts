import type { Measured, Pace } from './measure.ts'
import type { Contestant, Row } from './rows.ts'
import type { Surroundings } from './surroundings.ts'

/** One row with what was measured in it. */
export interface RowResult {
  readonly row: Row
  readonly measured: readonly Measured[]
}

/** Everything a run found out. */
export interface Results {
  readonly rows: readonly RowResult[]
  readonly coldStart: { readonly ours: number; readonly peer: number } | undefined
  readonly pace: Pace
  readonly surroundings: Surroundings
}

/** How a contestant stands in its row. */
export interface Standing {
  /** Of the peer's median rate. */
  readonly ratio: number
  /** Of the peer's processor time for one unit of work; above 1 is cheaper than the peer. */
  readonly cpuRatio: number
  /** Of what HTTP and signing alone would allow. */
  readonly share: number
  /** How much of the processor time for one unit of work is that of HTTP and signing alone. */
  readonly cpuShare: number
}

/** The processor time, in microseconds, that the two limits of a row cost together. */
function leastCpu({ row, measured }: RowResult): number {
  const cost = (contestant: Contestant, times: number) => (times === 0 ? 0 : times * (measured.find((each) => each.contestant === contestant)?.cpu ?? Number.NaN))
  return cost('http', row.needs.http) + cost('signing', row.needs.signing)
}

/** The most units of work a second that the two limits of a row allow together on one core. */
export function limitOf({ row, measured }: RowResult): number {
  const seconds = (contestant: Contestant, times: number) => (times === 0 ? 0 : times / (measured.find((each) => each.contestant === contestant)?.rate ?? Number.NaN))
  return 1 / (seconds('http', row.needs.http) + seconds('signing', row.needs.signing))
}

export function standingOf(contestant: Contestant, result: RowResult): Standing {
  const one = result.measured.find((each) => each.contestant === contestant)
  const peer = result.measured.find((each) => each.contestant === 'peer, memory')
  return { ratio: (one?.rate ?? 0) / (peer?.rate ?? Number.NaN), cpuRatio: (peer?.cpu ?? 0) / (one?.cpu ?? Number.NaN), share: (one?.rate ?? 0) / limitOf(result), cpuShare: leastCpu(result) / (one?.cpu ?? Number.NaN) }
}

/** The report of a run, in Markdown. */
export function report(results: Results): string {
  return [heading(results), ...results.rows.map(section), closing(results)].join('\n')
}

function heading({ surroundings: { date, processor, cores, memory, node, openssl, kernel, load, libraries }, pace }: Results): string {
  const versions = Object.entries(libraries).map(([name, version]) => `${name} ${version}`).join(', ')
  return `# Latchkey beside node-oidc-provider

![Tokens a second on one core](throughput.svg)

Measured ${date} on ${processor}, ${cores} cores, ${memory} memory; ${kernel}; load average before the run ${load}.
Node ${node} (OpenSSL ${openssl}), ${versions}.

The server runs on one core and the load on another. Each contestant is a process of its own; after ${pace.warmUp} s of warming up they
take turns, ${pace.seconds} s each, under ${pace.connections} keep-alive connections that each have one request under way. The figures are medians over ${pace.rounds} rounds.
The machine was not reserved for the run: rounds in which other processes took more than a tenth of either core were repeated, up to
three times as many in all, and the quietest count; ratios say more than figures. The peer keeps everything in
memory; ours on SQLite has every write on disk (WAL, synchronous FULL) before it answers.

Both authenticate the same client by client_secret_basic, with the same scope, audience, lifetimes and signature algorithm, and answer
the same kinds of tokens, which the run asserts. In the code flow a browser that is signed in, and need not consent again, sends an
authorization request with PKCE and gets its code at once; the code is then redeemed. One unit of work is both requests.

“http” is the Node adapter that ours is served by (@hono/node-server), answering a ready-made token response; “signing” is node:crypto
alone in its fastest form. Share of the limit: the rate against that of the two, as often as the work needs them, one after the other on one core. CPU is
processor time of the server for one unit of work, all threads; it suffers less than the rate when others use the core.
`
}

function section(result: RowResult): string {
  const { row, measured } = result
  const lines = measured.map((each) => line(each, result))
  const { ratio, share } = row.target
  return `## ${row.title}

| | per second | lowest–highest | ratio to peer | share of limit | CPU µs | ratio by CPU | share by CPU | p50 / p99 ms | at half load p50 / p99 ms | memory MB after units |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
${lines.join('\n')}

Target: ${ratio} × the peer${share === undefined ? '' : `, ${share * 100} % of the limit`}. Limit: ${whole(limitOf(result))} per second. In the rounds
that count, other processes took up to ${(Math.max(...measured.map(({ disturbance }) => disturbance)) * 100).toFixed(0)} % of a core.
`
}

function line(each: Measured, result: RowResult): string {
  const { contestant, rate, rates, cpu, p50, p99, half, resident, total } = each
  const spread = `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`
  if (half === undefined) return `| ${contestant} alone | ${whole(rate)} | ${spread} | | | ${whole(cpu)} | | | ${p50 === 0 ? '' : `${p50.toFixed(2)} / ${p99.toFixed(2)}`} | | |`
  const { ratio, cpuRatio, share, cpuShare } = standingOf(contestant, result)
  return `| ${contestant} | ${whole(rate)} | ${spread} | ${ratio.toFixed(2)} | ${(share * 100).toFixed(0)} % | ${whole(cpu)} | ${cpuRatio.toFixed(2)} | ${(cpuShare * 100).toFixed(0)} % | ${p50.toFixed(2)} / ${p99.toFixed(2)} | ${half.p50.toFixed(2)} / ${half.p99.toFixed(2)} | ${whole(resident / 1e6)} after ${whole(total)} |`
}

function closing({ coldStart }: Results): string {
  if (coldStart === undefined) return ''
  return `## Cold start

From starting the process to the first ES256 token: ours on an existing SQLite database ${whole(coldStart.ours)} ms, the peer ${whole(coldStart.peer)} ms
(it makes its key anew). Target: at most 400 ms.
`
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en')
}
