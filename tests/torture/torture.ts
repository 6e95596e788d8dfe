import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../running/postgres.ts'
import { cleanups } from './cleanup.ts'
import { FORGETTING, kills } from './kills.ts'
import { backtrack, fuzzParsers } from './parsers.ts'
import { races } from './races.ts'
import { type Found, isClean, report, surroundings } from './report.ts'
import { fuzzRequests } from './requests.ts'

const PARTS = ['races', 'kills', 'requests', 'parsers', 'cleanup']

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    kills: { type: 'string', default: '100' },
    requests: { type: 'string', default: '1000000' },
    inputs: { type: 'string', default: '100000' },
    rows: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const chosen = values.only === undefined ? PARTS : values.only.split(',')
const amounts = { rounds: Number(values.rounds), kills: Number(values.kills), requests: Number(values.requests), inputs: Number(values.inputs), rows: Number(values.rows), seed: Number(values.seed) }

if (values.help || !chosen.every((part) => PARTS.includes(part)) || !Object.values(amounts).every((amount) => Number.isInteger(amount) && amount >= 0)) {
  console.log(`pnpm torture [--only ${PARTS.join(',')}] [--rounds 100] [--kills 100] [--requests 1000000] [--inputs 100000] [--rows 1000000] [--seed N]
--rounds    races for each thing, on each store, with one server and with two
--kills     kills of the server on each store
--requests  requests that are almost right
--inputs    texts for each parser
--rows      expired rows to remove from each store
A whole run writes bench/results/torture.md; --only writes bench/data/torture.md.`)
  process.exit(values.help ? 0 : 1)
}

const command = `pnpm torture --rounds ${amounts.rounds} --kills ${amounts.kills} --requests ${amounts.requests} --inputs ${amounts.inputs} --rows ${amounts.rows} --seed ${amounts.seed}${values.only === undefined ? '' : ` --only ${values.only}`}`
const folder = fileURLToPath(new URL(`../../bench/${values.only === undefined ? 'results' : 'data'}/`, import.meta.url))
let found: Found = { command, surroundings: surroundings() }

/** Adds to what is found, and writes it, so that a run which is broken off leaves what it has. */
function keep(more: Partial<Found>): void {
  found = { ...found, ...more }
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'torture.md'), report(found))
}

const postgres = await startPostgres()
try {
  if (chosen.includes('parsers')) keep({ parsers: { mutated: fuzzParsers(amounts.inputs, amounts.seed), backtracking: backtrack(20_000) } })
  if (chosen.includes('requests')) keep({ requests: await fuzzRequests(amounts.requests, amounts.seed, console.log) })
  if (chosen.includes('kills')) {
    const forgetting = Math.max(2, Math.ceil(amounts.kills / 10))
    keep({
      kills: [
        await kills(amounts.kills, { name: 'SQLite' }, console.log),
        await kills(amounts.kills, { name: 'PostgreSQL', url: await postgres.createDatabase() }, console.log),
        await kills(forgetting, { name: 'SQLite, put back by a moment, which must be noticed', meddling: FORGETTING }, console.log),
      ],
    })
  }
  if (chosen.includes('races')) keep({ races: await races(amounts.rounds, postgres, console.log) })
  if (chosen.includes('cleanup')) keep({ cleanup: await cleanups({ rows: amounts.rows, idleSeconds: 10 }, postgres, console.log) })
} finally {
  await postgres.end()
}
console.log(`\n${report(found)}\nwritten to ${folder}torture.md`)
process.exitCode = isClean(found) ? 0 : 1
