import path from 'node:path'
import { expect, it } from 'vitest'
import { root } from './bootstrap.mjs'
import { tree } from './fixture.ts'
import { sum, tallyOfExitCode, tallyOfVitest } from './tally.ts'

const file = (status: string, ...tests: string[]) => ({
  name: path.join(root, 'a.test.ts'), status, message: '', assertionResults: tests.map((outcome, index) => ({ fullName: `test ${index}`, status: outcome })),
})
const report = (...testResults: object[]) => path.join(tree({ 'report.json': JSON.stringify({ testResults }) }), 'report.json')

it('counts what passed', () => {
  expect(tallyOfVitest(report(file('passed', 'passed', 'passed'), file('passed', 'passed')), 0)).toEqual({ passed: 3, failed: 0, failures: [] })
})

it('counts whatever did not pass as failed', () => {
  expect(tallyOfVitest(report(file('failed', 'passed', 'failed', 'skipped', 'pending', 'todo')), 1)).toEqual({
    passed: 1, failed: 4, failures: ['a.test.ts > test 1 (failed)', 'a.test.ts > test 2 (skipped)', 'a.test.ts > test 3 (pending)', 'a.test.ts > test 4 (todo)'],
  })
})

it('counts a file that could not be loaded as failed', () => {
  expect(tallyOfVitest(report(file('passed', 'passed'), file('failed')), 1)).toEqual({ passed: 1, failed: 1, failures: ['a.test.ts (could not be run)'] })
})

it.each([[1, 'vitest ended with exit code 1'], [null, 'vitest was killed']])('counts a run that ended with %s as failed, even if every test passed', (code, failure) => {
  expect(tallyOfVitest(report(file('passed', 'passed')), code)).toEqual({ passed: 1, failed: 1, failures: [failure] })
})

it('counts a run without tests, or without a report, as failed', () => {
  expect(tallyOfVitest(report(), 0).failed).toBe(1)
  expect(tallyOfVitest(path.join(tree({}), 'report.json'), 0).failed).toBe(1)
})

it('adds up', () => {
  expect(sum([tallyOfExitCode(0), tallyOfExitCode(2), tallyOfExitCode(null)])).toEqual({ passed: 1, failed: 2, failures: ['', ''] })
})
