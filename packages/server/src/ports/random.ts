import { encodeBase64url } from '@latchkey/core'

/** Random bytes that nobody can guess. */
export type Random = (length: number) => Uint8Array

const POOL = 4_096
const pool = new Uint8Array(POOL)
let used = POOL

/**
 * The random bytes of the system, each given once. They are drawn 4,096 at a time: a draw costs 2 µs whether it is of 20 bytes or of
 * a page, and a request needs several.
 */
export const systemRandom: Random = (length) => {
  if (length > POOL) return crypto.getRandomValues(new Uint8Array(length))
  if (used + length > POOL) {
    crypto.getRandomValues(pool)
    used = 0
  }
  const drawn = pool.slice(used, used + length)
  // What was given leaves the pool, so that no secret outlives its request here.
  pool.fill(0, used, used + length)
  used += length
  return drawn
}

/** A secret of 256 bits: 43 base64url characters. */
export function drawSecret(random: Random): string {
  return encodeBase64url(random(32))
}

/** A name of 160 bits that was never given before: 27 base64url characters. */
export function drawName(random: Random): string {
  return encodeBase64url(random(20))
}
