/** Values by a key that nobody can guess, in the memory of this process. A real application keeps them where its other processes find them. */
export interface Memory<T> {
  readonly keep: (key: string, value: T) => void
  readonly find: (key: string | undefined) => T | undefined
  /** Answers a value and forgets it, so that only one asker gets it. */
  readonly take: (key: string | undefined) => T | undefined
}

const MOST = 10_000

/** Makes a memory that forgets after some seconds, and the oldest when there are too many. */
export function createMemory<T>(lifetime: number, now: () => number = () => Date.now() / 1000): Memory<T> {
  const values = new Map<string, { readonly value: T; readonly until: number }>()
  const find = (key: string | undefined): T | undefined => {
    const kept = key === undefined ? undefined : values.get(key)
    return kept !== undefined && now() < kept.until ? kept.value : undefined
  }
  return {
    find,
    keep: (key, value) => {
      for (const [old, { until }] of values) {
        if (now() < until && values.size < MOST) break
        values.delete(old)
      }
      values.set(key, { value, until: now() + lifetime })
    },
    take: key => {
      const value = find(key)
      if (key !== undefined) values.delete(key)
      return value
    },
  }
}
