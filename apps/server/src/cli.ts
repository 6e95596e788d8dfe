#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { run } from './cli/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
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
  onReload: (act) => void process.on('SIGHUP', act),
}, version)
process.exitCode = code
