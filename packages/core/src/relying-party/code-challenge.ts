import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { encodeBase64url } from '../base64url.ts'

/** The S256 `code_challenge` of a `code_verifier`. @spec RFC 7636 §4.2 */
export function codeChallengeS256(code_verifier: string): string {
  return encodeBase64url(sha256(utf8ToBytes(code_verifier)))
}
