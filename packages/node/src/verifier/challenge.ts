import { type VerifyReason, verifyRefusals } from './verify-refusals.ts'

/** What a request must prove beyond a valid token. */
export interface Requirements {
  /** Scope tokens that must all be granted, separated by spaces. */
  readonly scope?: string
  /** Authentication context classes, one of which must have been reached, separated by spaces. @spec RFC 9470 §3 */
  readonly acrValues?: string
  /** The greatest age of the user's authentication, in seconds. @spec RFC 9470 §3 */
  readonly maxAge?: number
}

/** What challenges are written from, beside the reason. */
export interface ChallengeContext {
  readonly required: Requirements
  readonly resourceMetadata: string | undefined
  /** How the token was presented; undefined when there was none. */
  readonly scheme?: 'Bearer' | 'DPoP' | undefined
  /** The algorithms of proofs, when the resource server speaks of them, and whether there is no way without. */
  readonly dpop?: { readonly algorithms: readonly string[]; readonly required: boolean } | undefined
}

/** Writes the WWW-Authenticate value for a refusal. @spec RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1 */
export function writeChallenge(reason: VerifyReason, { required, resourceMetadata, scheme, dpop }: ChallengeContext): string {
  const refusal = verifyRefusals[reason]
  // A caller without a token learns the scope only where metadata invites it to find an authorization server.
  const namesScope = reason === 'scope_missing' || (reason === 'token_missing' && resourceMetadata !== undefined)
  const stepUp = reason === 'authentication_insufficient'
  const parameters = [
    ['error', refusal.error],
    ['error_description', refusal.description],
    ['scope', namesScope ? required.scope : undefined],
    ['acr_values', stepUp ? required.acrValues : undefined],
    ['max_age', stepUp ? required.maxAge?.toString() : undefined],
    ['resource_metadata', resourceMetadata],
  ] as const
  const written = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]))
  const challenge = (scheme: string, parameters: readonly string[]) => (parameters.length === 0 ? scheme : `${scheme} ${parameters.join(', ')}`)
  const algs = dpop === undefined ? [] : [`algs="${dpop.algorithms.join(' ')}"`]
  if (scheme === 'DPoP' || dpop?.required === true || (scheme === 'Bearer' && reason === 'proof_missing' && dpop !== undefined)) return challenge('DPoP', [...written, ...algs])
  // Whoever brings no token learns of both ways; whoever chose one, of that.
  return scheme === undefined && dpop !== undefined ? `${challenge('Bearer', written)}, ${challenge('DPoP', [...written, ...algs])}` : challenge('Bearer', written)
}

/** Answers a refusal as a response that no cache keeps. */
export function answerRefusal(reason: VerifyReason, challenge: string, nonce?: string): Response {
  const refusal = verifyRefusals[reason]
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (refusal.status === 503) headers.set('retry-after', '5')
  else headers.set('www-authenticate', challenge)
  if (nonce !== undefined) headers.set('dpop-nonce', nonce)
  if (refusal.error === undefined) return new Response(null, { status: refusal.status, headers })
  return Response.json({ error: refusal.error, error_description: refusal.description }, { status: refusal.status, headers })
}
