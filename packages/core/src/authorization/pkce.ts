import { digest, sameDigest } from '../digest.ts'

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/

/** The S256 challenge of a verifier. @spec RFC 7636 §4.2 */
export function codeChallenge(code_verifier: string): string {
  return digest(code_verifier)
}

/** Whether a text can be an S256 challenge: 32 bytes in base64url. @spec RFC 7636 §4.2 */
export function isCodeChallenge(text: string): boolean {
  return CHALLENGE.test(text)
}

/** Whether the verifier is the one whose challenge was sent. A verifier of a wrong shape proves nothing. @spec RFC 7636 §4.1, §4.6 */
export function proves(code_verifier: string | undefined, code_challenge: string): boolean {
  return code_verifier !== undefined && VERIFIER.test(code_verifier) && sameDigest(codeChallenge(code_verifier), code_challenge)
}
