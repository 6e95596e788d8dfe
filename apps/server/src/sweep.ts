import type { Store } from '@latchkey/server'
import type { Logger } from 'pino'

const INTERVAL = 30_000
const BATCH = 500
const MOST_BATCHES = 20

/** Removes expired rows every half minute, in small batches so that requests come in between. Answers how to end it. */
export function sweeping(store: Store, log: Logger): () => Promise<void> {
  let isOver = false
  let round: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    round = round.then(() => sweepOnce(store, () => isOver)).catch((error: unknown) => log.warn({ err: error }, 'expired rows could not be removed'))
  }, INTERVAL)
  timer.unref()
  return async () => {
    isOver = true
    clearInterval(timer)
    await round
  }
}

/** Removes the rows that have expired by now, as far as {@link MOST_BATCHES} go. */
export async function sweepOnce(store: Store, isOver: () => boolean = () => false): Promise<void> {
  for (let batch = 1; batch <= MOST_BATCHES && !isOver(); batch++) {
    if ((await store.sweep(Math.floor(Date.now() / 1_000), BATCH)) < BATCH) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
