import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pauseBeforePoll, pollingAfter, type PollOutcome } from './index.ts'

const outcome = fc.constantFrom<PollOutcome>('authorization_pending', 'slow_down', 'unanswered')

test('the device never asks more often than the issuer wants, whatever happens', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 600 }), fc.array(outcome, { maxLength: 200 }), (interval, outcomes) => {
    const last = outcomes.reduce(pollingAfter, { interval, unanswered: 0 })
    const wanted = interval + 5 * outcomes.filter(one => one === 'slow_down').length
    expect(last.interval).toBe(wanted)
    expect(pauseBeforePoll(last)).toBeGreaterThanOrEqual(wanted)
    expect(pauseBeforePoll(last)).toBeLessThanOrEqual(Math.max(wanted, 120))
  }))
})

test('any answer ends the back-off', () => {
  const tired = { interval: 5, unanswered: 4 }
  expect(pauseBeforePoll(tired)).toBe(80)
  expect(pauseBeforePoll(pollingAfter(tired, 'authorization_pending'))).toBe(5)
  expect(pauseBeforePoll(pollingAfter(tired, 'slow_down'))).toBe(10)
})
