import { parseJws, type ParsedJws } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** What an issuer signs for its relying parties, as the refusals call it. */
export type SignedKind = 'id_token' | 'jwt_response' | 'logout_token'

/** Reads a token, or refuses one that is none, that nobody signed, or that is signed by an algorithm which the configuration does not name. @spec RFC 8725 §3.1 */
export function parseSigned(kind: SignedKind, jwt: string, algorithms: readonly string[]): ParsedJws | RelyingPartyRefusal {
  const jws = parseJws(jwt)
  const alg = jws?.header['alg']
  if (jws === undefined || typeof alg !== 'string' || jws.header['crit'] !== undefined) return refuseResponse(`${kind}_malformed`)
  if (alg.toLowerCase() === 'none' || jws.signature === '') return refuseResponse(`${kind}_unsigned`)
  return algorithms.includes(alg) ? jws : refuseResponse(`${kind}_alg_unexpected`, algorithms.join(' '))
}

/** A text that says something. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Seconds since the epoch. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

/** One audience, or several. */
export const isAudience = (value: unknown): value is string | readonly string[] => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText))

/** Tells whether an audience names this one. */
export function names(aud: string | readonly string[], client_id: string): boolean {
  return typeof aud === 'string' ? aud === client_id : aud.includes(client_id)
}
