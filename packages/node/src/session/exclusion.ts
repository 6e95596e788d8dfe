/** Does work for one key after another within this process. */
export type Exclusion = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Creates an exclusion that holds nothing for keys nobody waits for. */
export function createExclusion(): Exclusion {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    const over = turn.catch(() => undefined).then(() => {
      if (last.get(key) === over) last.delete(key)
    })
    last.set(key, over)
    return turn
  }
}
