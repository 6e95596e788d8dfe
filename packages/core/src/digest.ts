import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { encodeBase64url } from './base64url.ts'
import type { Digest } from './brand.ts'

/** What the store keeps of a secret: its SHA-256 in base64url, 43 characters. Every character of the secret counts. */
export function digest(secret: string): Digest {
  return encodeBase64url(sha256(utf8ToBytes(secret))) as Digest
}

/** Whether two digests are equal, in a time that does not tell where they differ. */
export function sameDigest(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at % (other.length || 1))
  return difference === 0
}
