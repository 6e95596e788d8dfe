/**
 * The JWS form of an ECDSA signature, R and S side by side in `size` bytes each, from the DER that cryptographic libraries write.
 * @spec RFC 7518 §3.4
 */
export function ecdsaSignature(der: Uint8Array, size: number): Uint8Array {
  const signature = new Uint8Array(2 * size)
  // The sequence around both is longer than 127 bytes for ES512, and its length then takes two bytes.
  const between = placeInteger(der, der[1] === 0x81 ? 3 : 2, signature, size)
  placeInteger(der, between, signature, 2 * size)
  return signature
}

/** Copies the INTEGER that begins at `at` so that it ends before `end`, and answers where the next one begins. */
function placeInteger(der: Uint8Array, at: number, signature: Uint8Array, end: number): number {
  const next = at + 2 + (der[at + 1] ?? 0)
  const digits = der.subarray(at + (der[at + 2] === 0 ? 3 : 2), next)
  signature.set(digits, end - digits.length)
  return next
}
