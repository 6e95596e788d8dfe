import type { OAuthErrorResponse, RelyingPartyRefusalKey } from '@latchkey/core/relying-party'

/** Errors that an issuer names and that an application may want to tell apart, as the registries spell them. */
export const issuerErrors = [
  'access_denied', 'account_selection_required', 'authorization_pending', 'consent_required', 'expired_token', 'insufficient_scope',
  'interaction_required', 'invalid_client', 'invalid_dpop_proof', 'invalid_grant', 'invalid_request',
  'invalid_scope', 'invalid_target', 'invalid_token', 'login_required', 'server_error', 'slow_down',
  'temporarily_unavailable', 'unauthorized_client', 'unsupported_grant_type', 'unsupported_response_type', 'use_dpop_nonce',
] as const

/** An error that an issuer names. */
export type IssuerErrorCode = (typeof issuerErrors)[number]

/** What went wrong, as a closed union: what the issuer said, what was refused of its response, or what stood in the way. */
export type AuthErrorCode =
  | IssuerErrorCode
  | RelyingPartyRefusalKey
  | 'aborted'
  | 'clock_skew'
  | 'discovery_failed'
  | 'endpoint_missing'
  | 'http_error'
  | 'insecure_context'
  | 'insecure_issuer'
  | 'insufficient_user_authentication'
  | 'invalid_configuration'
  | 'login_loop'
  | 'network_error'
  | 'origin_not_allowed'
  | 'popup_blocked'
  | 'popup_closed'
  | 'redirect_refused'
  | 'refresh_token_missing'
  | 'response_not_json'
  | 'response_too_large'
  | 'signature_invalid'
  | 'storage_failed'
  | 'timeout'
  | 'token_of_another_issuer'
  | 'token_request_failed'

/** What was being done when it went wrong. */
export type AuthPhase = 'config' | 'discovery' | 'authorize' | 'callback' | 'token' | 'refresh' | 'logout' | 'resource' | 'verify'

/** What an {@link AuthError} tells beside its message. */
export interface AuthErrorOptions {
  readonly code: AuthErrorCode
  readonly phase: AuthPhase
  readonly retryable?: boolean
  readonly oauth?: OAuthErrorResponse
  readonly status?: number | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('@latchkey/AuthError')

/** The one error that Latchkey's client packages throw. Its message and fields never hold a token, a code or a secret. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  declare readonly code: AuthErrorCode
  declare readonly phase: AuthPhase
  /** The same call may succeed later without anything else being changed. */
  declare readonly retryable: boolean
  /** The issuer's own words. */
  declare readonly oauth?: OAuthErrorResponse
  /** The HTTP status of the response that was refused. */
  declare readonly status?: number | undefined
  /** What to do about it, for the developer. */
  declare readonly hint?: string | undefined

  constructor(message: string, { cause, ...more }: AuthErrorOptions) {
    super(message, { cause })
    Object.assign(this, { retryable: false }, more)
  }

  /** Tells copies of the package that this is one. */
  get [BRAND](): true {
    return true
  }
}

/** Tells whether something thrown is an {@link AuthError}, of one of the codes if any are named; works across copies of the package. */
export function isAuthError<C extends AuthErrorCode>(thrown: unknown, ...codes: C[]): thrown is AuthError & { readonly code: C } {
  return thrown instanceof Error && BRAND in thrown && (codes.length === 0 || codes.some(code => code === (thrown as AuthError).code))
}

/** An {@link AuthError} whose message is its code in words and the hint, which keeps prose out of every page that loads this. */
export function authError(code: AuthErrorCode, phase: AuthPhase, more: Omit<AuthErrorOptions, 'code' | 'phase'> = {}): AuthError {
  const words = code.replaceAll('_', ' ')
  return new AuthError(more.hint === undefined ? words : `${words}: ${more.hint}`, { code, phase, ...more })
}

/** What was thrown if it is an {@link AuthError}, or else one that it caused. */
export function asAuthError(cause: unknown, code: AuthErrorCode, phase: AuthPhase): AuthError {
  return isAuthError(cause) ? cause : authError(code, phase, { cause })
}
