import type { Finding } from '@latchkey/core'

const BYTES = 32

/** What keeps a text from being an encryption key: 32 bytes or more in base64, base64url or hexadecimal, and not one character over and over. */
export function encryptionKeyFindings(text: string, path: string): readonly Finding[] {
  const remedy = 'make one with `openssl rand -base64 32`'
  if (bytesOf(text) < BYTES) return [{ path, reason: `is not ${BYTES} bytes in base64, base64url or hexadecimal`, remedy }]
  return new Set(text).size < 8 ? [{ path, reason: 'is not random', remedy }] : []
}

function bytesOf(text: string): number {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return text.length / 2
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Math.floor((text.replace(/=+$/, '').length * 3) / 4) : 0
}
