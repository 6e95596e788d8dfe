import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Failures, oneLess, oneMore, pauseLeft, THROTTLE_RULES, type Throttled } from '../src/index.ts'
import { NOW } from './world.ts'

const rules = Object.keys(THROTTLE_RULES) as Throttled[]

describe.each(rules)('V08 CA17 the rule for %s', (name) => {
  const rule = THROTTLE_RULES[name]
  /** What is counted when one fails after the other, as soon as there is no pause, and after these seconds more. */
  const failing = (waits: readonly number[]) => {
    let failures: Failures | undefined
    let now = NOW
    for (const wait of waits) {
      now += wait + pauseLeft(failures, now)
      failures = oneMore(rule, failures, now)
    }
    return { failures, now }
  }

  it('lets pass what it says, and then nothing until the pause is over', () => {
    const { failures, now } = failing(Array.from({ length: rule.limit - 1 }, () => 0))
    expect(pauseLeft(failures, now)).toBe(0)
    const full = oneMore(rule, failures, now)
    expect([pauseLeft(full, now), pauseLeft(full, now + rule.pause - 1), pauseLeft(full, now + rule.pause)]).toEqual([rule.pause, 1, 0])
  })
  it('never pauses for longer than it says, whatever happens, and forgets in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 * rule.window }), { minLength: 1, maxLength: 3 * rule.limit }), (waits) => {
        const { failures, now } = failing(waits)
        expect(pauseLeft(failures, now)).toBeLessThanOrEqual(rule.longestPause)
        expect(oneMore(rule, failures, now + rule.window + rule.longestPause).count).toBe(1)
      }),
      { numRuns: 50 },
    )
  })
  it('counts to any height without losing its pause', () => {
    expect(pauseLeft(oneMore(rule, { count: Number.MAX_SAFE_INTEGER - 1, expiresAt: NOW + 1 }, NOW), NOW)).toBe(rule.longestPause)
  })
  it('gives back one at a time, with its pause', () => {
    expect(oneLess({ count: rule.limit, expiresAt: NOW + 5, pausedUntil: NOW + 5 })).toEqual({ count: rule.limit - 1, expiresAt: NOW + 5 })
    expect(oneLess({ count: 1, expiresAt: NOW + 5 })).toBeUndefined()
  })
})
