import { createHmac, timingSafeEqual } from 'node:crypto'

/** Nonces that a resource server hands out and knows again, without remembering any. */
export interface DpopNonces {
  /** Answers the nonce of this moment. */
  current(): string
  /** Answers whether a nonce was handed out in this period or the one before. */
  covers(nonce: unknown): boolean
  /** Seconds for which a nonce can be good. */
  readonly lifetime: number
}

/** Creates the nonces of a secret, which all processes of a resource share. @spec RFC 9449 §9, §10 */
export function createDpopNonces(secret: string, period: number, now: () => number): DpopNonces {
  const at = (slot: number) => createHmac('sha256', secret).update(`dpop nonce ${slot}`).digest('base64url')
  const slot = () => Math.floor(now() / period)
  return {
    lifetime: 2 * period,
    current: () => at(slot()),
    covers: (nonce) => typeof nonce === 'string' && [slot(), slot() - 1].some((one) => isEqual(nonce, at(one))),
  }
}

function isEqual(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
