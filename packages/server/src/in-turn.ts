/** Runs one after the other what is given to it, so that the tasks of one process do not get into each other's way in the store. */
export function inTurn(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const mine = last.then(task, task)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** Runs a task when no other is under way that has one of its names. */
export type InTurnByName = <T>(names: readonly string[], task: () => Promise<T>) => Promise<T>

/** Runs tasks of the same name one after the other, and all others beside each other. Whoever gives several names gives them in one order. */
export function inTurnByName(): InTurnByName {
  const last = new Map<string, Promise<unknown>>()
  async function alone<T>(name: string, task: () => Promise<T>): Promise<T> {
    const mine = (last.get(name) ?? Promise.resolve()).then(task)
    const over = mine.then(() => undefined, () => undefined)
    last.set(name, over)
    try {
      return await mine
    } finally {
      if (last.get(name) === over) last.delete(name)
    }
  }
  return (names, task) => names.reduceRight((inner, name) => () => alone(name, inner), task)()
}
