/** What a caller is told about one way of refusing a request; `error` is absent where RFC 6750 wants a bare challenge. */
export interface VerifyRefusal {
  readonly status: 400 | 401 | 403 | 503
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication' | 'invalid_dpop_proof' | 'use_dpop_nonce' | 'temporarily_unavailable'
  readonly description?: string
}

// One text for every way a token can be wrong, so that a forger does not learn which guess was nearly right.
const INVALID = { status: 401, error: 'invalid_token', description: 'The access token is invalid' } as const

const INVALID_PROOF = { status: 401, error: 'invalid_dpop_proof', description: 'The DPoP proof is invalid' } as const

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
  token_inactive: INVALID,
  token_unbound: INVALID,
  certificate_mismatch: INVALID,
  claim_missing: INVALID,
  claim_malformed: INVALID,
  proof_missing: { status: 401, error: 'invalid_token', description: 'The access token is bound to a key and may not be used as a Bearer token' },
  proof_malformed: INVALID_PROOF,
  proof_for_other_request: INVALID_PROOF,
  proof_for_other_token: INVALID_PROOF,
  proof_key_mismatch: INVALID_PROOF,
  proof_expired: INVALID_PROOF,
  proof_replayed: INVALID_PROOF,
  proof_nonce_missing: { status: 401, error: 'use_dpop_nonce', description: 'The DPoP proof needs the nonce of this response' },
  scope_missing: { status: 403, error: 'insufficient_scope', description: 'The access token does not cover the scope this request needs' },
  authentication_insufficient: { status: 401, error: 'insufficient_user_authentication', description: 'A different or more recent authentication is needed' },
  replay_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The DPoP proof cannot be verified at the moment' },
  introspection_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The access token cannot be verified at the moment' },
  keys_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The access token cannot be verified at the moment' },
} as const satisfies Record<string, VerifyRefusal>

/** Why a request was refused, for logs and metrics; the caller is told less. */
export type VerifyReason = keyof typeof table

/** Every reason for which a request is refused. @spec RFC 6750 §3.1, RFC 9449 §7.1, §9, RFC 9470 §3 */
export const verifyRefusals: Readonly<Record<VerifyReason, VerifyRefusal>> = table
