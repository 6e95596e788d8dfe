import { isJsonRecord, type JsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'
import { isAudience, isText, isTime, names, parseSigned } from './signed-header.ts'

/** The claims of a logout token: whose sessions end, or which one. @spec OpenID Connect Back-Channel Logout §2.4 */
export interface LogoutTokenClaims extends JsonRecord {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly sub?: string
  readonly sid?: string
}

/** How a logout token is judged. */
export interface LogoutTokenExpectation {
  readonly issuer: string
  readonly client_id: string
  /** From configuration, never from the token. */
  readonly algorithms: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds that two clocks may differ. */
  readonly tolerance: number
}

/** A logout token whose claims hold; its signature, and whether it came before, are other matters. */
export interface AcceptedLogoutToken {
  readonly kind: 'accepted'
  readonly claims: LogoutTokenClaims
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds after which even a token that says it still holds is too old to end a session. */
const OLDEST = 600

const REQUIRED = [['iss', isText], ['aud', isAudience], ['iat', isTime], ['exp', isTime], ['jti', isText]] as const
const OPTIONAL = [['sub', isText], ['sid', isText]] as const

/** Decides on a logout token. The signature, and that its `jti` is new, are for the caller to establish. @spec OpenID Connect Back-Channel Logout §2.6 */
export function decideLogoutToken(logout_token: string, expected: LogoutTokenExpectation): AcceptedLogoutToken | RelyingPartyRefusal {
  const jws = parseSigned('logout_token', logout_token, expected.algorithms)
  if ('kind' in jws) return jws
  const { typ } = jws.header
  // Issuers that predate the type leave it out or say JWT; any other type is a token for something else.
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(String(typ))) return refuseResponse('logout_token_type_unexpected')
  const claims = jws.payload
  const wrong = REQUIRED.find(([name, is]) => !is(claims[name]))?.[0] ?? OPTIONAL.find(([name, is]) => claims[name] !== undefined && !is(claims[name]))?.[0]
  if (wrong !== undefined || !isLogoutTokenClaims(claims)) return refuseResponse('logout_token_claim_missing', wrong)
  return refuseClaims(claims, expected) ?? { kind: 'accepted', claims }
}

function refuseClaims(claims: LogoutTokenClaims, { issuer, client_id, now, tolerance }: LogoutTokenExpectation): RelyingPartyRefusal | undefined {
  const { iss, aud, exp, iat, sub, sid, events } = claims
  if (iss !== issuer) return refuseResponse('logout_token_issuer_mismatch')
  if (!names(aud, client_id)) return refuseResponse('logout_token_audience_mismatch')
  if (exp <= now - tolerance || iat < now - OLDEST - tolerance) return refuseResponse('logout_token_expired')
  if (iat > now + tolerance) return refuseResponse('logout_token_issued_in_future')
  if (sub === undefined && sid === undefined) return refuseResponse('logout_token_subject_missing')
  if (!isJsonRecord(events) || !isJsonRecord(events[EVENT])) return refuseResponse('logout_token_event_missing')
  return 'nonce' in claims ? refuseResponse('logout_token_nonce_present') : undefined
}

function isLogoutTokenClaims(claims: JsonRecord): claims is LogoutTokenClaims {
  return REQUIRED.every(([name, is]) => is(claims[name]))
}
