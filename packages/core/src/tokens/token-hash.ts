import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { encodeBase64url } from '../base64url.ts'

const HASH_OF = [
  [/^(RS|PS|ES|HS)256$/, sha256],
  [/^(RS|PS|ES|HS)384$/, sha384],
  [/^((RS|PS|ES|HS)512|EdDSA|Ed25519)$/, sha512],
] as const

/**
 * The value of `at_hash`, `c_hash` or `s_hash` for a token, code or state: the left half of its hash, by the algorithm that signs the ID Token.
 * `undefined` for an algorithm whose hash is not known, which a verifier must take for a failure.
 * @spec OpenID Connect Core §3.1.3.6, §3.3.2.11
 */
export function tokenHash(value: string, alg: string): string | undefined {
  const hash = HASH_OF.find(([pattern]) => pattern.test(alg))?.[1]
  if (hash === undefined) return undefined
  const full = hash(utf8ToBytes(value))
  return encodeBase64url(full.subarray(0, full.length / 2))
}
