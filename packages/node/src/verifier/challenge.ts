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

/** Writes the WWW-Authenticate value for a refusal. @spec RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1 */
export function writeChallenge(reason: VerifyReason, required: Requirements, resourceMetadata: string | undefined): string {
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
  return written.length === 0 ? 'Bearer' : `Bearer ${written.join(', ')}`
}

/** Answers a refusal as a response that no cache keeps. */
export function answerRefusal(reason: VerifyReason, challenge: string): Response {
  const refusal = verifyRefusals[reason]
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (refusal.status === 503) headers.set('retry-after', '5')
  else headers.set('www-authenticate', challenge)
  if (refusal.error === undefined) return new Response(null, { status: refusal.status, headers })
  return Response.json({ error: refusal.error, error_description: refusal.description }, { status: refusal.status, headers })
}
