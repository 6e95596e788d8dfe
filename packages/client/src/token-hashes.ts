/** The size in bits of the hash that goes with a signature algorithm. */
function bitsOf(alg: string): string | undefined {
  const known = /^([RPEH]S(256|384|512)|Ed(DSA|25519))$/.exec(alg)
  return known ? known[2] ?? '512' : undefined
}

async function sha(name: string, value: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(value)))
}

/**
 * What core's `tokenHash` answers, by the platform's own SHA-2, which a browser need not download.
 * @spec OpenID Connect Core §3.1.3.6
 */
export async function tokenHashOf(value: string, alg: string): Promise<string | undefined> {
  const bits = bitsOf(alg)
  if (bits === undefined) return undefined
  const full = await sha(`SHA-${bits}`, value)
  return encode(full.subarray(0, full.length / 2))
}

/** The S256 `code_challenge` of a `code_verifier`. @spec RFC 7636 §4.2 */
export async function codeChallengeOf(code_verifier: string): Promise<string> {
  return encode(await sha('SHA-256', code_verifier))
}

/** Base64url without padding, by the platform. @spec RFC 4648 §5 */
export function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
