import { type AuthError, type AuthErrorCode, authError } from '../auth-error.ts'
import { answerRefusal, type Requirements, writeChallenge } from './challenge.ts'
import { type VerifyReason, verifyRefusals } from './verify-refusals.ts'

/** Thrown for a request that is refused; answers itself. */
export interface VerifyError extends AuthError {
  readonly phase: 'verify'
  /** The exact reason, for logs and metrics. */
  readonly reason: VerifyReason
  /** Answers the refusal as RFC 6750 words it: 400, 401, 403, or 503 while the issuer's keys cannot be fetched. */
  toResponse(): Response
}

const CODES = {
  invalid_request: 'invalid_request',
  invalid_token: 'invalid_token',
  insufficient_scope: 'insufficient_scope',
  insufficient_user_authentication: 'insufficient_user_authentication',
  temporarily_unavailable: 'network_error',
} as const satisfies Record<string, AuthErrorCode>

const ANSWERS = Symbol.for('latchkey.VerifyError')

/** Creates the error for a refused request. */
export function verifyError(reason: VerifyReason, required: Requirements, resourceMetadata: string | undefined, cause?: unknown): VerifyError {
  const { status, error: oauthError, description } = verifyRefusals[reason]
  const error = authError(oauthError === undefined ? 'missing_token' : CODES[oauthError], 'verify', `the request was refused: ${reason}`, {
    status,
    retryable: reason === 'keys_unavailable',
    ...(oauthError !== undefined && description !== undefined && { oauth: { error: oauthError, description } }),
    cause,
  })
  return Object.assign(error, {
    [ANSWERS]: true,
    phase: 'verify' as const,
    reason,
    toResponse: () => answerRefusal(reason, writeChallenge(reason, required, resourceMetadata)),
  })
}

/** Answers whether a thrown value is a {@link VerifyError}, also one from another copy of this package. */
export function isVerifyError(error: unknown): error is VerifyError {
  return error instanceof Error && ANSWERS in error
}
