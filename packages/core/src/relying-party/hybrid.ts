import type { PendingAuthorization } from './authorization-request.ts'
import { decideAuthorizationResponse, type AuthorizationResponseExpectation } from './authorization-response.ts'
import type { IdTokenClaims, TokenHashClaim } from './id-token.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** A hybrid response that belongs to its request; its ID Token is still to be judged, before the code may leave. */
export interface AcceptedHybridResponse {
  readonly kind: 'accepted'
  readonly code: string
  readonly id_token: string
  readonly access_token?: string
}

/** Tells whether more than a code was asked for. */
export function isHybrid({ response_type }: PendingAuthorization): boolean {
  return response_type !== undefined
}

/**
 * Decides on the answer to a hybrid request: all that holds for a code, and each token that was asked for exactly once and no other.
 * A response with an ID Token may leave out `iss`, because the ID Token names its issuer under a signature.
 * @spec OpenID Connect Core §3.3.2.5, §3.3.2.8, RFC 9207 §2.4
 */
export function decideHybridResponse(
  parameters: Iterable<readonly [string, string]>, expected: AuthorizationResponseExpectation,
): AcceptedHybridResponse | RelyingPartyRefusal {
  const asksForAccessToken = expected.pending.response_type === 'code id_token token'
  const asked = asksForAccessToken ? ['id_token', 'access_token'] : ['id_token']
  const sent = [...parameters]
  const issIsAdvertised = expected.issIsAdvertised && !sent.some(([name]) => name === 'id_token')
  const decision = decideAuthorizationResponse(sent.filter(([name]) => !asked.includes(name)), { ...expected, issIsAdvertised })
  if (decision.kind === 'refused') return decision
  const repeated = [...asked, 'token_type'].find(name => sent.filter(([one]) => one === name).length > 1)
  if (repeated !== undefined) return refuseResponse('response_malformed', `${repeated} is repeated`)
  const { id_token = '', access_token = '', token_type = '' }: Partial<Record<string, string>> = Object.fromEntries(sent)
  if (id_token === '') return refuseResponse('id_token_missing')
  if (!asksForAccessToken) return { ...decision, id_token }
  if (access_token === '') return refuseResponse('access_token_missing')
  if (token_type.toLowerCase() !== 'bearer') return refuseResponse('token_type_mismatch', 'asked for Bearer')
  return { ...decision, id_token, access_token }
}

/** The hashes that the front-channel ID Token may not lack. @spec OpenID Connect Core §3.3.2.11 */
export function requiredHashesOf({ access_token }: AcceptedHybridResponse): readonly TokenHashClaim[] {
  return access_token === undefined ? ['c_hash'] : ['c_hash', 'at_hash']
}

/** Decides whether an ID Token, whose hashes have been judged, vouches for all that it must. @spec OpenID Connect Core §3.3.2.11 */
export function decideRequiredHashes(claims: IdTokenClaims, required: readonly TokenHashClaim[]): { readonly kind: 'accepted' } | RelyingPartyRefusal {
  const missing = required.find(name => claims[name] === undefined)
  return missing === undefined ? { kind: 'accepted' } : refuseResponse(`${missing}_missing`)
}

/** Decides whether the ID Tokens of both channels speak of one user of one issuer. @spec OpenID Connect Core §3.3.3.6 */
export function decideIdTokenPair(front: IdTokenClaims, back: IdTokenClaims): { readonly kind: 'accepted' } | RelyingPartyRefusal {
  const different = (['iss', 'sub'] as const).find(name => front[name] !== back[name])
  return different === undefined ? { kind: 'accepted' } : refuseResponse('id_tokens_differ', different)
}
