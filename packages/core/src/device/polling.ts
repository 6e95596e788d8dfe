import type { Instant } from '../brand.ts'
import type { RefusalKey } from '../refusals.ts'
import type { DeviceAuthorization, DeviceState } from '../records.ts'

/** By how many seconds the interval grows with each poll that comes too soon, for good. @spec RFC 8628 §3.5 */
export const SLOW_DOWN = 5

/** How a poll comes: in time, before the interval is over, or after the end of the device code. */
export type Pace = 'timely' | 'early' | 'late'

/** What a poll is told, by where the device authorization stands and how the poll comes. What is final is said at any pace. @spec RFC 8628 §3.5 */
export const POLL_ANSWERS = {
  pending: { timely: 'authorization_pending', early: 'slow_down', late: 'device_code_expired' },
  approved: { timely: 'issue', early: 'slow_down', late: 'device_code_expired' },
  denied: { timely: 'device_denied', early: 'device_denied', late: 'device_denied' },
  redeemed: { timely: 'device_code_redeemed', early: 'device_code_redeemed', late: 'device_code_redeemed' },
} as const satisfies Record<DeviceState, Record<Pace, RefusalKey | 'issue'>>

/** How a poll comes now. The first is never too soon. */
export function paceOf({ expiresAt, polledAt, interval }: DeviceAuthorization, now: Instant): Pace {
  if (expiresAt <= now) return 'late'
  return polledAt !== undefined && now < polledAt + interval ? 'early' : 'timely'
}
