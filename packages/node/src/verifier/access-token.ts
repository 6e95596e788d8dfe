import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { IssuerKeys } from './issuer-keys.ts'
import type { VerifyReason } from './verify-refusals.ts'

/** The claims of an access token, once it was verified; a JWT carries all of these but `scope`. @spec RFC 9068 §2.2, RFC 7662 §2.2 */
export interface AccessTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly exp?: number
  readonly iat?: number
  readonly jti?: string
  readonly scope?: string
  readonly [claim: string]: unknown
}

/** The claims of a token that holds, or the reason why it does not. */
export type TokenReading = { readonly kind: 'holds'; readonly claims: AccessTokenClaims } | { readonly kind: 'fails'; readonly reason: VerifyReason; readonly cause?: unknown }

/** What a token is measured against; times in seconds. */
export interface AccessTokenRules {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: readonly string[]
  readonly clockTolerance: number
  readonly now: () => number
}

/** Longer tokens are refused before any work is spent on them. */
const LONGEST_TOKEN = 16_384
const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id']

/** Verifies a JWT access token; throws only when the issuer's keys are not available or not usable. @spec RFC 9068 §4 */
export async function readJwtAccessToken(token: string, rules: AccessTokenRules, keys: IssuerKeys): Promise<TokenReading> {
  const refused = refuseHeader(token, rules.algorithms)
  if (refused !== undefined) return { kind: 'fails', reason: refused }
  const now = rules.now()
  try {
    const payload = await verifySignature(token, keys, {
      issuer: rules.issuer,
      audience: [...rules.audience],
      algorithms: [...rules.algorithms],
      typ: 'at+jwt',
      clockTolerance: rules.clockTolerance,
      currentDate: new Date(now * 1000),
      requiredClaims: REQUIRED,
    })
    return parseClaims(payload, now + rules.clockTolerance)
  } catch (cause) {
    if (!speaksOfToken(cause)) throw cause
    return { kind: 'fails', reason: reasonOf(cause), cause }
  }
}

// Read before the keys are asked for, so that a token which can never hold costs no fetch.
function refuseHeader(token: string, algorithms: readonly string[]): VerifyReason | undefined {
  if (token.length > LONGEST_TOKEN || token.split('.').length !== 3) return 'token_malformed'
  try {
    const { alg, typ } = decodeProtectedHeader(token)
    if (alg === undefined || !algorithms.includes(alg)) return 'algorithm_refused'
    return typ !== undefined && /^(application\/)?at\+jwt$/i.test(typ) ? undefined : 'type_mismatch'
  } catch {
    return 'token_malformed'
  }
}

async function verifySignature(token: string, keys: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  const findKey: JWTVerifyGetKey = async (header, jws) => {
    const known = await keys.current()
    try {
      return await known(header, jws)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      const newer = await keys.newerThan(known)
      return newer(header, jws)
    }
  }
  try {
    return (await jwtVerify(token, findKey, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    return verifyWithAny(token, error, options)
  }
}

// RFC 9068 does not oblige the issuer to send a `kid`, and RFC 7517 does not make it unique.
async function verifyWithAny(token: string, candidates: errors.JWKSMultipleMatchingKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

function parseClaims(payload: JWTPayload, latest: number): TokenReading {
  const { iss, sub, aud, exp, iat, nbf, jti, client_id, scope } = payload
  const texts = isText(iss) && isText(sub) && isText(jti) && isText(client_id) && (scope === undefined || typeof scope === 'string')
  if (!texts || aud === undefined || !Number.isFinite(exp) || !Number.isFinite(iat) || (nbf !== undefined && !Number.isFinite(nbf))) {
    return { kind: 'fails', reason: 'claim_malformed' }
  }
  if (Number(iat) > latest) return { kind: 'fails', reason: 'token_not_yet_valid' }
  const claims = { ...payload, iss, sub, aud, exp: Number(exp), iat: Number(iat), jti, client_id }
  return { kind: 'holds', claims: scope === undefined ? claims : { ...claims, scope } }
}

function speaksOfToken(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKInvalid) && !(error instanceof errors.JWKSInvalid)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function reasonOf(error: errors.JOSEError): VerifyReason {
  if (error instanceof errors.JWTExpired) return 'token_expired'
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error.claim, error.reason)
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature_mismatch'
  if (error instanceof errors.JWKSNoMatchingKey) return 'key_unknown'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm_refused'
  return 'token_malformed'
}

function claimReason(claim: string, reason: string): VerifyReason {
  if (reason === 'missing') return 'claim_missing'
  if (reason === 'invalid') return 'claim_malformed'
  switch (claim) {
    case 'typ':
      return 'type_mismatch'
    case 'iss':
      return 'issuer_mismatch'
    case 'aud':
      return 'audience_mismatch'
    case 'nbf':
      return 'token_not_yet_valid'
    default:
      return 'claim_malformed'
  }
}
