import { encodeBase64url } from '@latchkey/core/relying-party'

const HASH = [
  [/^(RS|PS|ES|HS)256$/, 'SHA-256'],
  [/^(RS|PS|ES|HS)384$/, 'SHA-384'],
  [/^((RS|PS|ES|HS)512|EdDSA|Ed25519)$/, 'SHA-512'],
] as const

async function sha(name: string, value: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(value)))
}

/**
 * What core's `tokenHash` answers, by the platform's own SHA-2, which a browser need not download.
 * @spec OpenID Connect Core §3.1.3.6
 */
export async function tokenHashOf(value: string, alg: string): Promise<string | undefined> {
  const name = HASH.find(([pattern]) => pattern.test(alg))?.[1]
  if (name === undefined) return undefined
  const full = await sha(name, value)
  return encodeBase64url(full.subarray(0, full.length / 2))
}

/** The S256 `code_challenge` of a `code_verifier`. @spec RFC 7636 §4.2 */
export async function codeChallengeOf(code_verifier: string): Promise<string> {
  return encodeBase64url(await sha('SHA-256', code_verifier))
}
