import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BootstrapFailure, root, toolEnvironment } from './bootstrap.mjs'
import { chromium } from './chromium.mjs'
import { type Tally, sum, tallyOfExitCode, tallyOfVitest } from './tally.ts'

interface Check {
  readonly name: string
  readonly command: readonly [program: string, ...parameters: string[]]
  /** How many minutes it may take before it is killed and counts as failed. */
  readonly minutes: number
  /** The file that the command leaves a vitest JSON report in; without one the check counts as one test. */
  readonly report?: string
}

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-verify-'))
const report = path.join(folder, 'vitest.json')

/** All of CI, cheapest first. */
const CHECKS: readonly Check[] = [
  { name: 'build', command: ['turbo', 'run', 'build', '--ui=stream', '--output-logs=errors-only'], minutes: 5 },
  { name: 'types', command: ['tsc', '-b'], minutes: 3 },
  { name: 'types of the tests', command: ['tsc', '-p', 'tsconfig.tests.json'], minutes: 3 },
  { name: 'lint', command: ['oxlint', '--deny-warnings'], minutes: 1 },
  { name: 'imports', command: ['depcruise', 'packages', 'apps', '--config', '.dependency-cruiser.mjs'], minutes: 1 },
  { name: 'packages', command: ['node', 'tools/packages.ts'], minutes: 2 },
  { name: 'tests', command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], minutes: 11, report },
  { name: 'fresh clone', command: ['node', 'tools/fresh-clone.ts'], minutes: 8 },
]

/** The one tool that is not pinned, and the environment that says where it is. */
function withBrowser(): { env: NodeJS.ProcessEnv; tally: Tally } {
  try {
    return { env: { ...toolEnvironment(), CHROMIUM_PATH: chromium() }, tally: sum([]) }
  } catch (failure) {
    if (!(failure instanceof BootstrapFailure)) throw failure
    return { env: toolEnvironment(), tally: { passed: 0, failed: 1, failures: [failure.message] } }
  }
}

/** Runs a program with its output on the terminal; resolves to its exit code, or null when it was killed. */
function exitCode({ command: [program, ...parameters], minutes }: Check, env: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], timeout: minutes * 60_000, killSignal: 'SIGKILL' })
    const stop = () => {
      child.kill('SIGTERM')
      process.exit(143)
    }
    process.once('SIGTERM', stop)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGTERM', stop)
      resolve(code)
    })
  })
}

async function tallyOf(check: Check, env: NodeJS.ProcessEnv): Promise<Tally> {
  process.stdout.write(`\n── ${check.name}\n`)
  const started = performance.now()
  const code = await exitCode(check, env)
  const tally = check.report === undefined ? tallyOfExitCode(code) : tallyOfVitest(check.report, code)
  process.stdout.write(`── ${check.name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${Math.round((performance.now() - started) / 1000)} s\n`)
  return { ...tally, failures: tally.failures.map((failure) => (failure === '' ? check.name : `${check.name}: ${failure}`)) }
}

const browser = withBrowser()
const tallies = [browser.tally]
for (const check of CHECKS) tallies.push(await tallyOf(check, browser.env))
rmSync(folder, { recursive: true })

const total = sum(tallies)
if (total.failures.length > 0) process.stdout.write(`\nFailed:\n${total.failures.map((failure) => `  ${failure}\n`).join('')}`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 ? 0 : 1
