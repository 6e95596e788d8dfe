/** How often a device asks for its tokens. */
export interface DevicePolling {
  /** Seconds between two polls, as the issuer wants it; it never shrinks. */
  readonly interval: number
  /** Polls in a row to which no answer came. */
  readonly unanswered: number
}

/** What came of a poll that is not the last one. */
export type PollOutcome = 'authorization_pending' | 'slow_down' | 'unanswered'

const SLOWER_BY = 5
const LONGEST_BACK_OFF = 120

/** How to go on after a poll: `slow_down` counts for good, and any answer ends the back-off. @spec RFC 8628 §3.5 */
export function pollingAfter({ interval, unanswered }: DevicePolling, outcome: PollOutcome): DevicePolling {
  if (outcome === 'unanswered') return { interval, unanswered: unanswered + 1 }
  return { interval: outcome === 'slow_down' ? interval + SLOWER_BY : interval, unanswered: 0 }
}

/** Seconds until the next poll: the interval, doubled for each poll without an answer, up to two minutes. @spec RFC 8628 §3.5 */
export function pauseBeforePoll({ interval, unanswered }: DevicePolling): number {
  return Math.max(interval, Math.min(interval * 2 ** unanswered, LONGEST_BACK_OFF))
}
