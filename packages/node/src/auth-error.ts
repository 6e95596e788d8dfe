/** What went wrong, as one word to switch on. */
export type AuthErrorCode =
  | 'invalid_configuration' | 'network_error' | 'missing_token' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication'

/** The one error type. */
export interface AuthError extends Error {
  readonly code: AuthErrorCode
  readonly phase: 'config' | 'discovery' | 'authorize' | 'callback' | 'token' | 'refresh' | 'logout' | 'resource' | 'verify'
  readonly retryable: boolean
  readonly oauth?: { readonly error: string; readonly description?: string; readonly uri?: string }
  readonly status?: number
  readonly hint?: string
}

const BRAND = Symbol.for('latchkey.AuthError')

/** Creates an AuthError. */
export function authError(code: AuthErrorCode, phase: AuthError['phase'], message: string, more: Partial<Pick<AuthError, 'retryable' | 'oauth' | 'status' | 'hint' | 'cause'>> = {}): AuthError {
  const { cause, ...rest } = more
  const error = new Error(message, cause === undefined ? {} : { cause })
  error.name = 'AuthError'
  return Object.assign(error, { [BRAND]: true, retryable: false, ...rest, code, phase })
}
