import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import type { CleanupLine, Latency } from './cleanup.ts'
import type { KillLine } from './kills.ts'
import type { ParserLine } from './parsers.ts'
import type { BlindLine, RaceLine } from './races.ts'
import type { RequestLine } from './requests.ts'

/** Tells how far a run has come. */
export type Told = (line: string) => void

/** What a run has found so far. */
export interface Found {
  readonly command: string
  readonly surroundings: string
  readonly races?: { readonly lines: readonly RaceLine[]; readonly blind: readonly BlindLine[] }
  readonly kills?: readonly KillLine[]
  readonly requests?: RequestLine
  readonly parsers?: { readonly mutated: ParserLine; readonly backtracking: ParserLine }
  readonly cleanup?: readonly CleanupLine[]
}

/** Where and with what a run is made, in a sentence. */
export function surroundings(): string {
  const [first] = cpus()
  const mhz = Math.round(Number(/cpu MHz\s*:\s*([\d.]+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 0))
  return `${new Date().toISOString().slice(0, 10)} on ${first?.model.trim() ?? 'an unknown processor'}, ${mhz} MHz, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB memory; ${type()} ${release()}, Node ${process.version}; load average before the run ${loadavg().map((value) => value.toFixed(1)).join(' ')}`
}

/** Whether everything came out as it must. */
export function isClean({ races, kills = [], requests, parsers, cleanup = [] }: Found): boolean {
  return [
    ...(races?.lines ?? []).map(({ right, rounds }) => right === rounds),
    ...(races?.blind ?? []).map(({ broken, rounds }) => broken >= rounds * 0.99),
    ...kills.map(({ store, lost, doubled, undone, faults }) => (isSensitive(store) ? lost + doubled + undone > 0 : lost + doubled + undone + faults.length === 0)),
    (requests?.wrong ?? []).length === 0,
    ...[parsers?.mutated, parsers?.backtracking].map((line) => (line?.thrown ?? []).length === 0),
    ...cleanup.map(({ removed, rows, failed, aliveStays }) => removed >= rows && failed === 0 && aliveStays),
  ].every(Boolean)
}

const isSensitive = (store: string): boolean => store.includes('put back')

/** The page of a run, in Markdown. */
export function report(found: Found): string {
  const parts = [`# Torture\n\n\`${found.command}\`, ${found.surroundings}.\n\nWhat each part does, and what it can not show, is in [docs/torture.md](../../docs/torture.md).`]
  if (found.races !== undefined) parts.push(racesPart(found.races))
  if (found.kills !== undefined) parts.push(killsPart(found.kills))
  if (found.requests !== undefined) parts.push(requestsPart(found.requests))
  if (found.parsers !== undefined) parts.push(parsersPart(found.parsers))
  if (found.cleanup !== undefined) parts.push(cleanupPart(found.cleanup))
  return `${parts.join('\n\n')}\n`
}

function racesPart({ lines, blind }: NonNullable<Found['races']>): string {
  const rows = lines.map(({ contest, store, nodes, rounds, right, wrong }) => [contest, store, nodes, whole(rounds), whole(right), wrong ?? ''])
  const without = blind.map(({ contest, store, rounds, broken }) => [contest, store, whole(rounds), whole(broken)])
  return `## Races\n\n50 callers at once. Right: one winner, or the same for all where that is the promise; no 5xx; what was won is good at every server.\n\n${table(['raced for', 'store', 'servers', 'races', 'right', 'the first that was not'], rows)}\n\nThe same against a store that never tells of a conflict, which must be noticed:\n\n${table(['raced for', 'store', 'races', 'noticed'], without)}`
}

function killsPart(lines: readonly KillLine[]): string {
  const rows = lines.map(({ store, kills, grants, underWay, lost, doubled, undone, faults, starts }) => [store, kills, whole(grants), whole(underWay), lost, doubled, undone, faults.join('; '), median(starts).toFixed(0), Math.max(...starts).toFixed(0)])
  return `## Kills\n\nkill -9 of the server at random instants under load. A grant is lost when what was acknowledged does not work after the restart, doubled when its code works twice, undone when it was revoked and works.\n\n${table(['store', 'kills', 'grants', 'under way', 'lost', 'doubled', 'undone', 'other', 'first token, median ms', 'longest ms'], rows)}`
}

function requestsPart({ seed, sent, statuses, longest, wrong }: RequestLine): string {
  const counts = Object.entries(statuses).sort().map(([status, count]) => `${status}: ${whole(count)}`)
  return `## Requests that are almost right\n\n${whole(sent)} from seed ${seed}: ${counts.join(', ')}. The longest took ${longest.toFixed(0)} ms.${wrong.map((each) => `\n\n    ${each}`).join('')}`
}

function parsersPart({ mutated, backtracking }: NonNullable<Found['parsers']>): string {
  const row = (name: string, { inputs, thrown, longest, slowest }: ParserLine) => [name, whole(inputs), thrown.length, longest.toFixed(1), slowest]
  return `## Parsers\n\n${table(['texts', 'inputs', 'thrown', 'longest ms', 'in'], [row('almost right', mutated), row('made for backtracking', backtracking)])}`
}

function cleanupPart(lines: readonly CleanupLine[]): string {
  const of = ({ p50, p99, longest }: Latency) => `${p50.toFixed(1)} / ${p99.toFixed(1)} / ${longest.toFixed(0)}`
  const rows = lines.map(({ store, rows: count, removed, seconds, idle, busy, failed, aliveStays }) => [store, whole(count), whole(removed), seconds.toFixed(0), of(idle), of(busy), failed, aliveStays ? 'untouched' : 'lost'])
  return `## Clean-up\n\nExpired rows are removed without a pause, while 200 refreshes a second are due; latency from when each was due.\n\n${table(['store', 'rows', 'removed', 'seconds', 'idle p50 / p99 / longest ms', 'meanwhile', 'failed', 'what lives'], rows)}`
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

const whole = (count: number): string => count.toLocaleString('en')

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
