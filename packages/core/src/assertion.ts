import type { Seconds } from './brand.ts'
/** The claims of a JWT whose signature is right, or why they are not to be had. */
export type VerifiedAssertion = Readonly<Record<string, unknown>> | 'unverified' | 'unreachable'

/** Whether a claim is a point in time. @spec RFC 7519 §2 */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/**
 * For how long the mark of something that counts once is kept after its end: longer than clocks are set back by mistake, and longer than those of two servers differ,
 * so that none counts again when its mark has been swept.
 */
export const MARK_KEPT_FOR: Seconds = 7_200
