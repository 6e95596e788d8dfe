import type { Logouts } from '@latchkey/server'
import type { Logger } from 'pino'

const INTERVAL = 15_000

/** Tells clients of logouts that they could not be told of before, as far as they are due, every quarter of a minute. Answers how to end it. */
export function telling(logouts: Pick<Logouts, 'deliver'>, log: Logger): () => Promise<void> {
  let round: Promise<void> = Promise.resolve()
  let isBusy = false
  const timer = setInterval(() => {
    // A round that waits for slow clients is not joined by another.
    if (isBusy) return
    isBusy = true
    round = logouts
      .deliver()
      .then(() => undefined, (error: unknown) => log.warn({ err: error }, 'clients could not be told of logouts'))
      .finally(() => (isBusy = false))
  }, INTERVAL)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await round
  }
}
