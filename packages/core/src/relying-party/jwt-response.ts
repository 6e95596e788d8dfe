import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'
import { isAudience, isText, isTime, names, parseSigned } from './signed-header.ts'

/** How a signed authorization response is judged. */
export interface JwtResponseExpectation {
  readonly issuer: string
  readonly client_id: string
  /** From configuration, never from the token. */
  readonly algorithms: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds that two clocks may differ. */
  readonly tolerance: number
}

/** The parameters of a signed authorization response, whose signature is another matter; they are still to be judged like any. */
export interface AcceptedJwtResponse {
  readonly kind: 'accepted'
  readonly parameters: readonly (readonly [string, string])[]
}

/**
 * Decides on a signed authorization response, which alone says what was answered: parameters beside it are refused.
 * The signature is for the caller to verify.
 * @spec JARM §2.1, §2.4
 */
export function decideJwtResponse(
  sent: Iterable<readonly [string, string]>, { issuer, client_id, algorithms, now, tolerance }: JwtResponseExpectation,
): AcceptedJwtResponse & { readonly response: string } | RelyingPartyRefusal {
  const [[name, response] = ['', ''], ...more] = sent
  if (name !== 'response' || response === '') return refuseResponse('jwt_response_missing')
  if (more.length > 0) return refuseResponse('response_malformed', 'parameters beside a signed response')
  const jws = parseSigned('jwt_response', response, algorithms)
  if ('kind' in jws) return jws
  const { iss, aud, exp } = jws.payload
  const missing = isText(iss) ? isAudience(aud) ? isTime(exp) ? undefined : 'exp' : 'aud' : 'iss'
  if (missing !== undefined) return refuseResponse('jwt_response_claim_missing', missing)
  if (iss !== issuer) return refuseResponse('jwt_response_issuer_mismatch')
  if (!isAudience(aud) || !names(aud, client_id)) return refuseResponse('jwt_response_audience_mismatch')
  if (Number(exp) <= now - tolerance) return refuseResponse('jwt_response_expired')
  const parameters = Object.entries(jws.payload).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== 'aud')
  return { kind: 'accepted', response, parameters }
}
