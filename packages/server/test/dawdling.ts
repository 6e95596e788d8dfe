import type { Store } from '@latchkey/server'

/** A store whose every answer waits for some turns of the event loop, other ones each time, so that requests overlap in many ways. */
export function dawdling(inner: Store, longest = 9): Store {
  let seed = 1
  const dawdle = async (): Promise<void> => {
    seed = (seed * 48_271) % 2_147_483_647
    for (let turn = seed % longest; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    ...inner,
    async gather(needs) {
      await dawdle()
      const known = await inner.gather(needs)
      await dawdle()
      return known
    },
    async commit(writes) {
      await dawdle()
      const outcome = await inner.commit(writes)
      await dawdle()
      return outcome
    },
  }
}
