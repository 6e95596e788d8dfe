import type { JsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'
import { isAudience, isText, isTime, parseSigned } from './signed-header.ts'

/** The claims that make an ID Token one, and whatever else the issuer said. @spec OpenID Connect Core §2 */
export interface IdTokenClaims extends JsonRecord {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
}

/** The claims of an ID Token that vouch for something sent beside it. */
export type TokenHashClaim = 'at_hash' | 'c_hash' | 's_hash'

/** How an ID Token is judged. */
export interface IdTokenExpectation {
  readonly issuer: string
  readonly client_id: string
  /** From configuration, never from the token. `none` is refused even if it stands here. */
  readonly algorithms: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds that two clocks may differ. */
  readonly tolerance: number
  readonly nonce?: string | undefined
  /** Seconds; when set, `auth_time` must be there. */
  readonly max_age?: number | undefined
  /** What each hash claim must be; `undefined` says that the hash of the token's algorithm is not known. */
  readonly hashes?: { readonly [claim in TokenHashClaim]?: string | undefined }
  /** Claims of the ID Token of the sign-in that is being refreshed. */
  readonly previous?: IdTokenClaims | undefined
}

/** An ID Token whose claims hold; its signature is another matter. */
export interface AcceptedIdToken {
  readonly kind: 'accepted'
  readonly claims: IdTokenClaims
}

type Rule = (claims: IdTokenClaims, expected: IdTokenExpectation) => RelyingPartyRefusal | undefined

/**
 * Decides on the header and claims of an ID Token. The signature is for the caller to verify, unless the token came straight from the
 * token endpoint over TLS.
 * @spec OpenID Connect Core §3.1.3.7, §3.2.2.9, §3.3.2.11, §12.2
 */
export function decideIdToken(id_token: string, expected: IdTokenExpectation): AcceptedIdToken | RelyingPartyRefusal {
  const jws = parseSigned('id_token', id_token, expected.algorithms)
  if ('kind' in jws) return jws
  const claims = jws.payload
  if (!isIdTokenClaims(claims)) return refuseResponse('id_token_claim_missing', wrongClaim(claims))
  return RULES.reduce<RelyingPartyRefusal | undefined>((refusal, rule) => refusal ?? rule(claims, expected), undefined) ?? { kind: 'accepted', claims }
}

const REQUIRED = [['iss', isText], ['sub', isText], ['aud', isAudience], ['exp', isTime], ['iat', isTime]] as const
const OPTIONAL = [['azp', isText], ['nbf', isTime], ['auth_time', isTime], ['nonce', isText], ['at_hash', isText], ['c_hash', isText], ['s_hash', isText]] as const

function wrongClaim(claims: JsonRecord): string | undefined {
  return (REQUIRED.find(([name, is]) => !is(claims[name])) ?? OPTIONAL.find(([name, is]) => claims[name] !== undefined && !is(claims[name])))?.[0]
}

function isIdTokenClaims(claims: JsonRecord): claims is IdTokenClaims {
  return wrongClaim(claims) === undefined
}

const RULES: readonly Rule[] = [ofIssuer, forAudience, inTime, ofRequest, ofAuthentication, ofHashes, ofPrevious]

function ofIssuer({ iss }: IdTokenClaims, { issuer }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  return iss === issuer ? undefined : refuseResponse('id_token_issuer_mismatch')
}

function forAudience({ aud, azp }: IdTokenClaims, { client_id }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  const audiences = [aud].flat()
  if (!audiences.includes(client_id)) return refuseResponse('id_token_audience_mismatch')
  if (azp !== undefined && azp !== client_id) return refuseResponse('id_token_azp_mismatch')
  return audiences.length > 1 && azp === undefined ? refuseResponse('id_token_audience_untrusted') : undefined
}

function inTime({ exp, iat, nbf }: IdTokenClaims, { now, tolerance }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  if (exp <= now - tolerance) return refuseResponse('id_token_expired')
  if (iat > now + tolerance) return refuseResponse('id_token_issued_in_future', `this clock is ${Math.round(iat - now)} s behind`)
  return typeof nbf === 'number' && nbf > now + tolerance ? refuseResponse('id_token_not_yet_valid') : undefined
}

function ofRequest({ nonce }: IdTokenClaims, expected: IdTokenExpectation): RelyingPartyRefusal | undefined {
  // A refreshed ID Token should not repeat the nonce, but may: the rule for it is among those about the earlier token.
  return expected.previous !== undefined || nonce === expected.nonce ? undefined : refuseResponse('nonce_mismatch')
}

function ofAuthentication({ auth_time }: IdTokenClaims, { max_age, now, tolerance, previous }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  if (max_age === undefined || previous !== undefined) return undefined
  if (typeof auth_time !== 'number') return refuseResponse('auth_time_missing')
  return auth_time + max_age < now - tolerance ? refuseResponse('auth_time_too_old') : undefined
}

function ofHashes(claims: IdTokenClaims, { hashes = {} }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  const wrong = (['at_hash', 'c_hash', 's_hash'] as const).find(name => name in hashes && claims[name] !== undefined && claims[name] !== hashes[name])
  return wrong && (hashes[wrong] === undefined ? refuseResponse('hash_alg_unknown', wrong) : refuseResponse(`${wrong}_mismatch`))
}

function ofPrevious(claims: IdTokenClaims, { previous }: IdTokenExpectation): RelyingPartyRefusal | undefined {
  if (previous === undefined) return undefined
  if (claims.sub !== previous.sub || claims.iss !== previous.iss) return refuseResponse('refreshed_identity_mismatch')
  const changed = (['auth_time', 'azp', 'nonce'] as const).find(name => claims[name] !== undefined && previous[name] !== undefined && claims[name] !== previous[name])
  return changed === undefined ? undefined : refuseResponse('refreshed_identity_mismatch', changed)
}
