import { decodeBase64url, parseJws, type JsonRecord } from '@latchkey/core/relying-party'

/** A signature algorithm as the platform calls it, and the keys that it takes. */
interface SignatureAlgorithm {
  readonly name: string
  readonly kty: string
  readonly crv?: string
  readonly namedCurve?: string
  readonly hash?: string
  readonly saltLength?: number
}

const CURVES: Readonly<Record<string, string>> = { 256: 'P-256', 384: 'P-384', 512: 'P-521' }

/** @spec RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2 */
function algorithmOf(alg: string): SignatureAlgorithm | undefined {
  if (alg === 'EdDSA' || alg === 'Ed25519') return { name: 'Ed25519', kty: 'OKP', crv: 'Ed25519' }
  const [, family = '', bits = ''] = /^(RS|PS|ES)(256|384|512)$/.exec(alg) ?? []
  const hash = `SHA-${bits}`
  const crv = CURVES[bits] ?? ''
  if (family === 'ES') return { name: 'ECDSA', kty: 'EC', crv, namedCurve: crv, hash }
  if (family === 'PS') return { name: 'RSA-PSS', kty: 'RSA', hash, saltLength: Number(bits) / 8 }
  return family === 'RS' ? { name: 'RSASSA-PKCS1-v1_5', kty: 'RSA', hash } : undefined
}

/** The keys of a set that a token may have been signed with; without a `kid` there may be several. @spec RFC 7517 §4, RFC 7515 §4.1.4 */
export function keysFor(jwt: string, keys: readonly JsonRecord[]): readonly JsonRecord[] {
  const { alg, kid } = parseJws(jwt)?.header ?? {}
  const algorithm = algorithmOf(String(alg))
  return keys.filter(key =>
    key['kty'] === algorithm?.kty && (algorithm?.crv === undefined || key['crv'] === algorithm.crv) && (kid === undefined || key['kid'] === kid)
    && (key['alg'] === undefined || key['alg'] === alg) && (key['use'] === undefined || key['use'] === 'sig') && allowsVerifying(key['key_ops']))
}

function allowsVerifying(key_ops: unknown): boolean {
  return key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify'))
}

const SHORTEST_RSA = 2048

/** Tells whether a token is signed with a public key; `false` also for a key that is none. Which algorithms are allowed is for others to say. @spec RFC 7515 §5.2 */
export async function proves(jwt: string, { kty, n, e, crv, x, y }: JsonRecord): Promise<boolean> {
  const jws = parseJws(jwt)
  const algorithm = algorithmOf(String(jws?.header['alg']))
  const signature = decodeBase64url(jws?.signature ?? '')
  if (algorithm === undefined || signature === undefined) return false
  try {
    const key = await crypto.subtle.importKey('jwk', JSON.parse(JSON.stringify({ kty, n, e, crv, x, y })), algorithm, false, ['verify'])
    if ('modulusLength' in key.algorithm && Number(key.algorithm.modulusLength) < SHORTEST_RSA) return false
    return await crypto.subtle.verify(algorithm, key, new Uint8Array(signature), new TextEncoder().encode(jwt.slice(0, jwt.lastIndexOf('.'))))
  } catch {
    return false
  }
}
