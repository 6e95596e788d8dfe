import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import type { DpopNonces } from './dpop-nonce.ts'
import type { ReplayStore } from './replay-store.ts'
import type { VerifyReason } from './verify-refusals.ts'

/** How proofs are judged; times in seconds. */
export interface DpopRules {
  readonly required: boolean
  readonly algorithms: readonly string[]
  readonly replay: ReplayStore
  readonly nonces: DpopNonces | undefined
  /** How old a proof may be. */
  readonly maxAge: number
  readonly clockTolerance: number
  /** The origin that clients know this resource by; that of the request when it is undefined. */
  readonly origin: string | undefined
  readonly now: () => number
}

/** Longer proofs are refused before any work is spent on them. */
const LONGEST = 8192

/**
 * Answers why a request does not prove that its sender holds the key that its token is bound to, or `undefined` when it does.
 * @spec RFC 9449 §4.3, §7.1, §11.1
 */
export async function refuseProof(request: Request, token: string, jkt: string, rules: DpopRules): Promise<VerifyReason | undefined> {
  const proof = request.headers.get('dpop')
  if (proof === null) return 'proof_missing'
  // Several headers arrive as one, joined by commas.
  if (proof.length > LONGEST || proof.includes(',')) return 'proof_malformed'
  const read = await readProof(proof, rules)
  if (read === undefined) return 'proof_malformed'
  const { payload, thumbprint } = read
  const { jti, htm, htu, iat, ath, nonce } = payload
  if (typeof jti !== 'string' || jti === '' || typeof htm !== 'string' || typeof htu !== 'string' || typeof iat !== 'number') return 'proof_malformed'
  if (htm !== request.method || !isSamePlace(htu, request.url, rules.origin)) return 'proof_for_other_request'
  if (ath !== sha256(token)) return 'proof_for_other_token'
  if (thumbprint !== jkt) return 'proof_key_mismatch'
  if (rules.nonces !== undefined && !rules.nonces.covers(nonce)) return 'proof_nonce_missing'
  const now = rules.now()
  const isFresh = iat <= now + rules.clockTolerance && now - iat <= rules.maxAge + rules.clockTolerance
  // A nonce says by itself how old a proof can be, also when the clock of its maker is wrong.
  if (rules.nonces === undefined && !isFresh) return 'proof_expired'
  const ttl = rules.nonces?.lifetime ?? rules.maxAge + 2 * rules.clockTolerance
  return (await rules.replay.add(`latchkey:dpop:${sha256(`${thumbprint} ${jti}`)}`, Math.ceil(ttl) + 1)) ? undefined : 'proof_replayed'
}

async function readProof(proof: string, { algorithms, now }: DpopRules): Promise<{ readonly payload: JWTPayload; readonly thumbprint: string } | undefined> {
  try {
    const { jwk } = decodeProtectedHeader(proof)
    if (jwk === undefined || 'd' in jwk || 'k' in jwk) return undefined
    // The times are judged later; here they must not end a proof whose nonce vouches for it.
    const { payload } = await jwtVerify(proof, EmbeddedJWK, { algorithms: [...algorithms], typ: 'dpop+jwt', clockTolerance: Number.MAX_SAFE_INTEGER, currentDate: new Date(now() * 1000) })
    return { payload, thumbprint: await calculateJwkThumbprint(jwk) }
  } catch {
    return undefined
  }
}

/** Compares addresses without query and fragment, after normalizing both. @spec RFC 9449 §4.3 */
function isSamePlace(htu: string, url: string, origin: string | undefined): boolean {
  if (!URL.canParse(htu)) return false
  const claimed = new URL(htu)
  const actual = new URL(url)
  return claimed.username === '' && claimed.password === '' && claimed.origin === (origin ?? actual.origin) && claimed.pathname === actual.pathname
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
