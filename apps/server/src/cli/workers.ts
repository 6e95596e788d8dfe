import type { Logger } from 'pino'
import { type Started, StartFailure } from '../start.ts'
import type { Crew, Mate } from './terminal.ts'

/** How long a place stays empty after its worker ended, in milliseconds, so that one which can not live does not keep the machine busy. */
const PAUSE = 500

/**
 * Starts so many processes that serve together. The first makes what the store lacks, and the others find it. One that ends is replaced.
 * Rejects with {@link StartFailure} when the first does not come to listen; it has said why.
 */
export async function startWorkers(count: number, crew: Crew, log: Logger): Promise<Started> {
  const first = crew.hire()
  const address = await first.listening
  if (address === undefined) throw new StartFailure('the first of its workers ended before it could listen.')
  let isStopping = false
  const team = new Set<Mate>()
  const watch = async (mate: Mate): Promise<void> => {
    for (let present = mate; ; present = crew.hire()) {
      team.add(present)
      await present.ended
      team.delete(present)
      if (isStopping) return
      log.error('a worker ended and is replaced')
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
      if (isStopping) return
    }
  }
  const others = Array.from({ length: count - 1 }, () => crew.hire())
  const places = [first, ...others].map(watch)
  await Promise.all(others.map(({ listening }) => listening))
  return {
    address,
    renew() {
      for (const mate of team) mate.renew()
      return []
    },
    async stop() {
      isStopping = true
      for (const mate of team) mate.stop()
      await Promise.all(places)
    },
  }
}
