import type { Seconds } from '../brand.ts'

/** How many attempts in vain are let pass, and for how long the next one has to wait. */
export interface ThrottleRule {
  /** So many may fail within the window; then comes a pause. */
  readonly limit: number
  /** From the first failure to when all are forgotten. At the limit and beyond, it begins anew with each failure. */
  readonly window: Seconds
  /** The pause at the limit. It doubles with each failure after it. */
  readonly pause: Seconds
  /** No pause is longer: nobody is locked out for good. */
  readonly longestPause: Seconds
}

/**
 * What is counted, each by a rule of its own. A network is one IPv4 address, or a /64 of IPv6; it stands for everybody behind it, so that
 * it has to bear the mistakes of an office and the whole of it signing in at once.
 */
export const THROTTLE_RULES = {
  /** Sign-ins to one account from devices that are not known for it. */
  account: { limit: 10, window: 86_400, pause: 60, longestPause: 900 },
  /** Sign-ins to one account from one device that is known for it. */
  known_device: { limit: 10, window: 86_400, pause: 60, longestPause: 900 },
  /** Sign-ins from one network, whatever the account. */
  network: { limit: 300, window: 3_600, pause: 30, longestPause: 300 },
  /** Secrets of one client from one network. */
  client: { limit: 20, window: 600, pause: 30, longestPause: 300 },
} as const satisfies Readonly<Record<string, ThrottleRule>>

/** Something that {@link THROTTLE_RULES} counts. */
export type Throttled = keyof typeof THROTTLE_RULES

/** For how long a device is known for an account after a sign-in: 90 days. */
export const DEVICE_KNOWN: Seconds = 7_776_000
