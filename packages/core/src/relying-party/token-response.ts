import { isJsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** A `token_type` that Latchkey's relying party knows how to use. */
export type UsableTokenType = 'Bearer' | 'DPoP'

/** How a token response is judged. */
export interface TokenResponseExpectation {
  /** What was asked for; another type is refused, so that DPoP never becomes Bearer. */
  readonly token_type: UsableTokenType
  /** The scope asked for, which is the scope granted when the response does not name one. */
  readonly scope?: string
}

/** A token response in which everything has the type it claims to have. */
export interface AcceptedTokenResponse {
  readonly kind: 'accepted'
  readonly access_token: string
  readonly token_type: UsableTokenType
  /** Seconds; absent when the issuer does not tell. */
  readonly expires_in?: number | undefined
  readonly scope: readonly string[]
  readonly refresh_token?: string | undefined
  readonly id_token?: string | undefined
}

const LONGEST = 2 ** 31
const TOKEN = /^[\x21-\x7e]+$/
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Decides on the body of a successful token response, as parsed from JSON. @spec RFC 6749 §5.1, §7.1, RFC 9449 §5 */
export function decideTokenResponse(body: unknown, expected: TokenResponseExpectation): AcceptedTokenResponse | RelyingPartyRefusal {
  if (!isJsonRecord(body)) return refuseResponse('token_response_malformed')
  const { access_token, token_type, refresh_token, id_token } = body
  const wrong = Object.entries({ access_token, refresh_token, id_token }).find(([name, value]) => !isToken(value) && (value !== undefined || name === 'access_token'))
  if (wrong !== undefined) return refuseResponse('token_response_malformed', wrong[0])
  if (typeof token_type !== 'string') return refuseResponse('token_response_malformed', 'token_type')
  if (token_type.toLowerCase() !== expected.token_type.toLowerCase()) return refuseResponse('token_type_mismatch', `asked for ${expected.token_type}`)
  const expires_in = body['expires_in'] === undefined ? undefined : parseSeconds(body['expires_in'])
  if (expires_in === null) return refuseResponse('expires_in_invalid')
  const scope = parseScope(body['scope'] || expected.scope || '')
  if (scope === undefined) return refuseResponse('scope_malformed')
  return {
    kind: 'accepted', access_token: String(access_token), token_type: expected.token_type, expires_in, scope,
    refresh_token: isToken(refresh_token) ? refresh_token : undefined,
    id_token: isToken(id_token) ? id_token : undefined,
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}

/** Whole seconds, or `null` when it is no such thing; digits in a string are taken too, because large providers send them. */
export function parseSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof seconds === 'number' && seconds > 0 && seconds < LONGEST ? Math.floor(seconds) : null
}

function parseScope(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'string') return undefined
  const scope = value.split(' ').filter(one => one !== '')
  return scope.every(one => SCOPE.test(one)) ? [...new Set(scope)] : undefined
}
