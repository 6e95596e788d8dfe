/** Remembers what was used. One answer must be given to all processes that share a resource, so they share the store. */
export interface ReplayStore {
  /** Answers true the first time a key is added within `ttl` seconds, and false every other time; it must decide at once, as `SET key 1 NX EX ttl` does in Redis. */
  add(key: string, ttl: number): Promise<boolean>
}

/** Above this many keys those that have ended are dropped, and then the oldest, so that a flood of proofs cannot fill the memory. */
const MOST = 100_000

/** Creates a store in the memory of this process, which is enough for one. */
export function memoryReplayStore(now: () => number = () => Date.now() / 1000): ReplayStore {
  const kept = new Map<string, number>()
  return {
    async add(key, ttl) {
      const until = kept.get(key)
      if (until !== undefined && now() < until) return false
      if (kept.size >= MOST) for (const [old, end] of kept) if (end <= now()) kept.delete(old)
      for (const [oldest] of kept) {
        if (kept.size < MOST) break
        kept.delete(oldest)
      }
      kept.delete(key)
      kept.set(key, now() + ttl)
      return true
    },
  }
}
