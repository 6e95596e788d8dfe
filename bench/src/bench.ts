import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { coldStart } from './cold-start.ts'
import { DATABASE_URL, measure, type Pace } from './measure.ts'
import { plot } from './plot.ts'
import { limitOf, report, type RowResult, standingOf } from './report.ts'
import { ROWS } from './rows.ts'
import { mustBeSameWork } from './same-response.ts'
import { surroundings } from './surroundings.ts'

const FULL: Pace = { warmUp: 3, seconds: 1, rounds: 7, connections: 32 }
const QUICK: Pace = { warmUp: 1, seconds: 0.4, rounds: 3, connections: 32 }

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, help: { type: 'boolean', default: false } } })
const possible = ROWS.filter(({ contestants }) => DATABASE_URL !== '' || !contestants.includes('ours, PostgreSQL'))
const chosen = possible.filter(({ name }) => values.only === undefined || name.includes(values.only))
if (values.help || chosen.length === 0) {
  console.log(`pnpm bench [--quick] [--only NAME]\nNAME is a part of: ${ROWS.map(({ name }) => name).join(', ')}\nA whole run writes bench/results/; --quick and --only write bench/data/.`)
  process.exit(values.help ? 0 : 1)
}
await run(values.quick ? QUICK : FULL)

async function run(pace: Pace): Promise<void> {
  const data = fileURLToPath(new URL('../data/', import.meta.url))
  mkdirSync(data, { recursive: true })
  const databases = mkdtempSync(join(data, 'run-'))
  const around = surroundings()
  let made = 0
  const database = () => join(databases, `${made++}.db`)
  try {
    const rows: RowResult[] = []
    for (const row of chosen) {
      console.log(`\n${row.title}`)
      const measured = await measure(row, pace, database, console.log)
      mustBeSameWork(row, measured)
      rows.push({ row, measured })
      tell({ row, measured })
    }
    const starts = values.only === undefined ? await coldStarts(database(), values.quick ? 3 : 7) : undefined
    const isWhole = !values.quick && values.only === undefined
    const results = isWhole ? fileURLToPath(new URL('../results/', import.meta.url)) : data
    mkdirSync(results, { recursive: true })
    const found = { rows, coldStart: starts, pace, surroundings: around }
    writeFileSync(join(results, 'README.md'), report(found))
    writeFileSync(join(results, 'throughput.svg'), plot(found))
    console.log(`\nwritten to ${results}`)
  } finally {
    rmSync(databases, { recursive: true, force: true })
  }
}

async function coldStarts(database: string, times: number): Promise<{ ours: number; peer: number }> {
  const ours = await coldStart('./servers/latchkey.ts', database, times)
  const peer = await coldStart('./servers/peer.ts', 'memory', times)
  console.log(`\ncold start to first token: ours ${Math.round(ours)} ms, peer ${Math.round(peer)} ms`)
  return { ours, peer }
}

function tell(result: RowResult): void {
  for (const { contestant, rate } of result.measured.filter(({ contestant }) => contestant.startsWith('ours'))) {
    const { ratio, cpuRatio, share, cpuShare } = standingOf(contestant, result)
    console.log(`  → ${contestant}: ${Math.round(rate)}/s, ${ratio.toFixed(2)} × the peer (${cpuRatio.toFixed(2)} × by CPU), ${(share * 100).toFixed(0)} % of the limit of ${Math.round(limitOf(result))}/s (${(cpuShare * 100).toFixed(0)} % by CPU)`)
  }
}
