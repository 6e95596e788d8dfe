import type { OAuthErrorResponse, RelyingPartyRefusal } from '@latchkey/core/relying-party'
import { authError, AuthError, issuerErrors, type AuthPhase } from './auth-error.ts'

/** Passes what core accepted, and throws an {@link AuthError} for what it refused. */
export function accept<T extends { readonly kind: 'accepted' }>(decision: T | RelyingPartyRefusal, phase: AuthPhase): T {
  if (decision.kind === 'accepted') return decision
  const { reason, detail, oauth } = decision
  if (reason === 'authorization_failed' && oauth !== undefined) throw issuerError(oauth, phase)
  throw authError(reason === 'id_token_issued_in_future' ? 'clock_skew' : reason, phase, { hint: detail })
}

/** The {@link AuthError} for an error that the issuer reported itself. */
export function issuerError(oauth: OAuthErrorResponse, phase: AuthPhase, status?: number): AuthError {
  const code = issuerErrors.find(known => known === oauth.error) ?? (phase === 'callback' ? 'authorization_failed' : 'token_request_failed')
  const retryable = oauth.error === 'temporarily_unavailable' || oauth.error === 'server_error'
  const text = oauth.description === undefined ? oauth.error : `${oauth.error}: ${oauth.description}`
  return new AuthError(`the issuer answered ${text}`, { code, phase, retryable, oauth, status })
}
