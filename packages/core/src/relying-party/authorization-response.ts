import type { PendingAuthorization } from './authorization-request.ts'
import { parseOAuthError } from './oauth-error.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** How an authorization response is judged. */
export interface AuthorizationResponseExpectation {
  readonly pending: PendingAuthorization
  /** What the issuer's metadata says in `authorization_response_iss_parameter_supported`. */
  readonly issIsAdvertised: boolean
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds for which a response may be awaited; without it, for ever. */
  readonly lifetime?: number
}

/** An authorization response that belongs to its request and carries a code. */
export interface AcceptedAuthorizationResponse {
  readonly kind: 'accepted'
  readonly code: string
}

const OURS = ['state', 'iss', 'error', 'error_description', 'error_uri', 'code', 'response']
const TOKENS = ['access_token', 'id_token', 'token', 'response']

/**
 * Decides on the answer to an authorization request: state first, then the issuer, so that a mix-up is seen before any code leaves.
 * @spec RFC 6749 §4.1.2, RFC 9207 §2.4, RFC 9700 §4.4
 */
export function decideAuthorizationResponse(
  parameters: Iterable<readonly [string, string]>,
  { pending, issIsAdvertised, now, lifetime }: AuthorizationResponseExpectation,
): AcceptedAuthorizationResponse | RelyingPartyRefusal {
  const sent = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (sent.has(name) && OURS.includes(name)) return refuseResponse('response_malformed', `${name} is repeated`)
    sent.set(name, value)
  }
  if (pending.state === '' || sent.get('state') !== pending.state) return refuseResponse('state_mismatch')
  if (lifetime !== undefined && now - pending.createdAt > lifetime) return refuseResponse('state_expired')
  const iss = sent.get('iss')
  if (iss === undefined && issIsAdvertised) return refuseResponse('issuer_missing')
  if (iss !== undefined && iss !== pending.issuer) return refuseResponse('issuer_mismatch')
  if (TOKENS.some(name => sent.has(name))) return refuseResponse('front_channel_token')
  if (sent.has('error')) {
    const oauth = parseOAuthError(Object.fromEntries(sent))
    return oauth === undefined ? refuseResponse('response_malformed', 'error') : { ...refuseResponse('authorization_failed'), oauth }
  }
  const code = sent.get('code')
  if (code === undefined || code === '') return refuseResponse('code_missing')
  return { kind: 'accepted', code }
}
