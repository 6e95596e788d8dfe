/** @spec RFC 6749 §4.1.2.1, §5.2, RFC 6750 §3.1, RFC 8707 §2, RFC 8628 §3.5, RFC 7009 §2.2.1, OpenID Connect Core §3.1.2.6, RFC 9101 §7 */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'account_selection_required'
  | 'interaction_required'
  | 'unmet_authentication_requirements'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'invalid_request_object'
  | 'invalid_request_uri'
  | 'registration_not_supported'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'unsupported_token_type'
  | 'server_error'
  | 'temporarily_unavailable'

/** The errors that an extension may answer a token request with. @spec RFC 6749 §5.2, RFC 8707 §2 */
export const EXTENSION_ERRORS = ['invalid_client', 'invalid_grant', 'invalid_request', 'invalid_scope', 'unauthorized_client', 'unsupported_grant_type', 'invalid_target'] as const satisfies readonly ErrorCode[]
export type ExtensionError = (typeof EXTENSION_ERRORS)[number]
