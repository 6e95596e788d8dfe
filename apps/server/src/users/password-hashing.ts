import { hash, verify } from '@node-rs/argon2'

/** A hash as argon2id writes it, `$argon2id$…`. */
export type PasswordHash = string

// OWASP's first choice for argon2id. Every hash costs this much memory while it is computed, hence the cap on how many at once.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 4
const MOST_WAITING = 200

/** Too many passwords wait to be hashed; the user should try again in a moment. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts'
}

/** Computes argon2id hashes, a few at a time. */
export interface PasswordHashing {
  hash(password: string): Promise<PasswordHash>
  /** Whether the password has this hash. Rejects with {@link TooManyAttempts} when the queue is long. */
  proves(password: string, hash: PasswordHash): Promise<boolean>
}

/** Password hashing for one process. */
export function passwordHashing(): PasswordHashing {
  const inTurn = turnstile(AT_ONCE)
  return {
    hash: (password) => inTurn(() => hash(password, COST), Infinity),
    proves: (password, kept) => inTurn(() => verify(kept, password).catch(() => false), MOST_WAITING),
  }
}

function turnstile(atOnce: number): <T>(work: () => Promise<T>, mostWaiting: number) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
  return async (work, mostWaiting) => {
    if (running < atOnce) running++
    else if (waiting.length >= mostWaiting) throw new TooManyAttempts('too many passwords wait to be hashed')
    else await new Promise<void>((enter) => waiting.push(enter))
    return work().finally(leave)
  }
}
