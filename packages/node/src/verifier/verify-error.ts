import { AuthError } from '@latchkey/client'
import { answerRefusal, type ChallengeContext, writeChallenge } from './challenge.ts'
import { type VerifyReason, verifyRefusals } from './verify-refusals.ts'

/** What a request was refused for. */
export interface VerifyErrorOptions extends ChallengeContext {
  readonly reason: VerifyReason
  /** The nonce that the next proof must carry. */
  readonly nonce?: string | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('@latchkey/VerifyError')

/** Thrown for a request that is refused; answers itself. */
export class VerifyError extends AuthError {
  declare readonly phase: 'verify'
  /** The exact reason, for logs and metrics; the caller is told less. */
  readonly reason: VerifyReason
  readonly #context: ChallengeContext
  readonly #nonce: string | undefined

  constructor({ reason, nonce, cause, ...context }: VerifyErrorOptions) {
    const { status, error, description } = verifyRefusals[reason]
    super(`the request was refused: ${reason}`, {
      code: error ?? 'invalid_token',
      phase: 'verify',
      status,
      retryable: status === 503,
      ...(error !== undefined && description !== undefined && { oauth: { error, description } }),
      cause,
    })
    this.reason = reason
    this.#context = context
    this.#nonce = nonce
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Answers the refusal as RFC 6750 words it: 400, 401, 403, or 503 while it cannot be decided. */
  toResponse(): Response {
    return answerRefusal(this.reason, writeChallenge(this.reason, this.#context), this.#nonce)
  }
}

/** Answers whether a thrown value is a {@link VerifyError}, also one from another copy of this package. */
export function isVerifyError(thrown: unknown): thrown is VerifyError {
  return thrown instanceof Error && BRAND in thrown
}
