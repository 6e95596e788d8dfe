import { encodeBase64url } from '@latchkey/core'

/** Random bytes that nobody can guess. */
export type Random = (length: number) => Uint8Array

export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** A secret of 256 bits: 43 base64url characters. */
export function drawSecret(random: Random): string {
  return encodeBase64url(random(32))
}

/** A name of 160 bits that was never given before: 27 base64url characters. */
export function drawName(random: Random): string {
  return encodeBase64url(random(20))
}
