/** The claims of a JWT whose signature is right, or why they are not to be had. */
export type VerifiedAssertion = Readonly<Record<string, unknown>> | 'unverified' | 'unreachable'

/** Whether a claim is a point in time. @spec RFC 7519 §2 */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
