/** What a caller is told about one way of refusing a request; `error` is absent where RFC 6750 wants a bare challenge. */
export interface VerifyRefusal {
  readonly status: 400 | 401 | 403 | 503
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication' | 'temporarily_unavailable'
  readonly description?: string
}

// One text for every way a token can be wrong, so that a forger does not learn which guess was nearly right.
const INVALID = { status: 401, error: 'invalid_token', description: 'The access token is invalid' } as const

const table = {
  token_missing: { status: 401 },
  authorization_malformed: { status: 400, error: 'invalid_request', description: 'The Authorization header is malformed' },
  token_malformed: INVALID,
  algorithm_refused: INVALID,
  type_mismatch: INVALID,
  key_unknown: INVALID,
  signature_mismatch: INVALID,
  issuer_mismatch: INVALID,
  audience_mismatch: INVALID,
  token_expired: { status: 401, error: 'invalid_token', description: 'The access token expired' },
  token_not_yet_valid: INVALID,
  claim_missing: INVALID,
  claim_malformed: INVALID,
  proof_missing: { status: 401, error: 'invalid_token', description: 'The access token is bound to a key and may not be used as a Bearer token' },
  scope_missing: { status: 403, error: 'insufficient_scope', description: 'The access token does not cover the scope this request needs' },
  authentication_insufficient: { status: 401, error: 'insufficient_user_authentication', description: 'A different or more recent authentication is needed' },
  keys_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The access token cannot be verified at the moment' },
} as const satisfies Record<string, VerifyRefusal>

/** Why a request was refused, for logs and metrics; the caller is told less. */
export type VerifyReason = keyof typeof table

/** Every reason for which a request is refused. @spec RFC 6750 §3.1, RFC 9470 §3 */
export const verifyRefusals: Readonly<Record<VerifyReason, VerifyRefusal>> = table
