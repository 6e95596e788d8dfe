#!/usr/bin/env node
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { nodeCrew, onWord } from './cli/node-crew.ts'
import { run } from './cli/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const stop = new AbortController()
if (cluster.isWorker) onWord('stop', () => stop.abort())
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // A terminal tells all processes at once; the one that leads tells the others when.
    if (cluster.isWorker) return
    // Whoever asks a second time does not want to wait.
    if (stop.signal.aborted) process.exit(1)
    stop.abort()
  })
}

const code = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  isInteractive: process.stdout.isTTY === true,
  isErrInteractive: process.stderr.isTTY === true,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
  onReload: (act) => void (cluster.isWorker ? onWord('renew', act) : process.on('SIGHUP', act)),
  crew: nodeCrew,
}, version)
process.exitCode = code
// What ties it to the process that leads would keep it.
if (cluster.isWorker) process.disconnect()
