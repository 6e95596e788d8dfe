import type { Instant, Seconds } from '../brand.ts'
import type { Failures } from '../records.ts'
import type { ThrottleRule } from './rules.ts'

/** For how many seconds another attempt has to wait; 0 when it need not. */
export function pauseLeft(failures: Failures | undefined, now: Instant): Seconds {
  return Math.max((failures?.pausedUntil ?? now) - now, 0)
}

/** The failures with one more. */
export function oneMore({ limit, window, pause, longestPause }: ThrottleRule, failures: Failures | undefined, now: Instant): Failures {
  const before = failures !== undefined && failures.expiresAt > now ? failures : { count: 0, expiresAt: now + window }
  const count = before.count + 1
  if (count < limit) return { count, expiresAt: before.expiresAt }
  // The exponent is kept small, or the pause of somebody who never stops would be no number in the end.
  return { count, expiresAt: now + window, pausedUntil: now + Math.min(pause * 2 ** Math.min(count - limit, 20), longestPause) }
}

/**
 * The failures with one less; none when that was the last. A pause ends with it: only what was in vain brings one, and the one who is
 * given back was let in when there was none.
 */
export function oneLess({ count, expiresAt }: Failures): Failures | undefined {
  return count > 1 ? { count: count - 1, expiresAt } : undefined
}
