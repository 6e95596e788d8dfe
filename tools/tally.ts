import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './bootstrap.mjs'

/** What one check, or all of them, came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** One line for each failure; empty when the check's own name says it all. */
  readonly failures: readonly string[]
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** The tally of a check that is a single yes or no. */
export function tallyOfExitCode(code: number | null): Tally {
  return code === 0 ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [''] }
}

/**
 * The tally of a vitest run. Whatever did not pass has failed: also a test that was skipped, a file that could not be loaded,
 * and a run that ended badly although every test in its report passed.
 */
export function tallyOfVitest(report: string, code: number | null): Tally {
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ['vitest left no report'] }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const failures: string[] = []
  let passed = 0
  for (const file of testResults) {
    const name = path.relative(root, file.name)
    const missed = file.assertionResults.filter(({ status }) => status !== 'passed')
    passed += file.assertionResults.length - missed.length
    failures.push(...missed.map(({ fullName, status }) => `${name} > ${fullName} (${status})`))
    if (file.status !== 'passed' && missed.length === 0) failures.push(`${name} (could not be run)`)
  }
  if (testResults.length === 0) failures.push('vitest found no test')
  else if (code !== 0 && failures.length === 0) failures.push(code === null ? 'vitest was killed' : `vitest ended with exit code ${code}`)
  return { passed, failed: failures.length, failures }
}

/** All tallies as one. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
    failures: tallies.flatMap(({ failures }) => failures),
  }
}
