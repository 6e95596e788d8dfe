import { compactVerify, decodeProtectedHeader } from 'jose'
import { decodeBase64url } from '@latchkey/core'
import type { KeyPair } from './key-pair.ts'

/** The claims of a JWT of this type that the key behind its `kid` signed. @spec RFC 7515 §5.2, RFC 8725 §3.1, §3.11 */
export async function verifyOwn(jwt: string, typ: string, keyOf: (kid: string) => Promise<KeyPair | undefined> | KeyPair | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    // Beside what JOSE asks, each part must be spelled as we spelled it: stray bits in a last letter would make a second token of one.
    if (!jwt.split('.').every((part) => decodeBase64url(part))) return undefined
    const header = decodeProtectedHeader(jwt)
    if (header.typ !== typ || header.kid === undefined) return undefined
    const pair = await keyOf(header.kid)
    if (pair === undefined) return undefined
    const { payload } = await compactVerify(jwt, pair.verifier, { algorithms: [pair.public.alg] })
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
