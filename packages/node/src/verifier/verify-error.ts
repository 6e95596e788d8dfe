import { AuthError } from '@latchkey/client'
import { answerRefusal, type Requirements, writeChallenge } from './challenge.ts'
import { type VerifyReason, verifyRefusals } from './verify-refusals.ts'

/** What a request was refused for. */
export interface VerifyErrorOptions {
  readonly reason: VerifyReason
  readonly required: Requirements
  readonly resourceMetadata: string | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('@latchkey/VerifyError')

/** Thrown for a request that is refused; answers itself. */
export class VerifyError extends AuthError {
  declare readonly phase: 'verify'
  /** The exact reason, for logs and metrics; the caller is told less. */
  readonly reason: VerifyReason
  readonly #required: Requirements
  readonly #resourceMetadata: string | undefined

  constructor({ reason, required, resourceMetadata, cause }: VerifyErrorOptions) {
    const { status, error, description } = verifyRefusals[reason]
    super(`the request was refused: ${reason}`, {
      code: error ?? 'invalid_token',
      phase: 'verify',
      status,
      retryable: reason === 'keys_unavailable',
      ...(error !== undefined && description !== undefined && { oauth: { error, description } }),
      cause,
    })
    this.reason = reason
    this.#required = required
    this.#resourceMetadata = resourceMetadata
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Answers the refusal as RFC 6750 words it: 400, 401, 403, or 503 while the issuer's keys cannot be fetched. */
  toResponse(): Response {
    return answerRefusal(this.reason, writeChallenge(this.reason, this.#required, this.#resourceMetadata))
  }
}

/** Answers whether a thrown value is a {@link VerifyError}, also one from another copy of this package. */
export function isVerifyError(thrown: unknown): thrown is VerifyError {
  return thrown instanceof Error && BRAND in thrown
}
