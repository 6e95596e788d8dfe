import type { OAuthErrorResponse, RelyingPartyRefusal, RelyingPartyRefusalKey } from '@latchkey/core/relying-party'
import { AuthError, issuerErrors, type AuthPhase } from './auth-error.ts'

const HINTS: { readonly [reason in RelyingPartyRefusalKey]?: string } = {
  metadata_issuer_mismatch: 'Set `issuer` to exactly the value that the discovery document states.',
  state_mismatch: 'The sign-in may have been started in another tab or browser, or its response was already used. Start it again.',
  state_expired: 'Start the sign-in again.',
  issuer_missing: 'The issuer advertises the `iss` response parameter but left it out; nothing was sent to it.',
  issuer_mismatch: 'Another authorization server answered; the code was not sent anywhere.',
  id_token_alg_unexpected: 'List the algorithm in `idTokenAlgorithms` if the issuer is meant to use it.',
}

/** Passes what core accepted, and throws an {@link AuthError} for what it refused. */
export function accept<T extends { readonly kind: 'accepted' }>(decision: T | RelyingPartyRefusal, phase: AuthPhase): T {
  if (decision.kind === 'accepted') return decision
  const { reason, detail, oauth } = decision
  if (reason === 'authorization_failed' && oauth !== undefined) throw issuerError(oauth, phase)
  const hint = HINTS[reason]
  // The names speak for themselves; their longer texts would weigh a kilobyte in every page.
  const text = `refused: ${reason.replaceAll('_', ' ')}`
  throw new AuthError(detail === undefined ? text : `${text} (${detail})`, { code: reason, phase, ...(hint && { hint }) })
}

/** The {@link AuthError} for an error that the issuer reported itself. */
export function issuerError(oauth: OAuthErrorResponse, phase: AuthPhase, status?: number): AuthError {
  const code = issuerErrors.find(known => known === oauth.error) ?? (phase === 'callback' ? 'authorization_failed' : 'token_request_failed')
  const retryable = oauth.error === 'temporarily_unavailable' || oauth.error === 'server_error'
  const text = oauth.description === undefined ? oauth.error : `${oauth.error}: ${oauth.description}`
  return new AuthError(`the issuer answered ${text}`, { code, phase, retryable, oauth, ...(status !== undefined && { status }) })
}
