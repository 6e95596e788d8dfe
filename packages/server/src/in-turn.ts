/** Runs one after the other what is given to it, so that the tasks of one process do not get into each other's way in the store. */
export function inTurn(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const mine = last.then(task, task)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** Runs a task when few enough of the same name are under way. */
export type AtOnceByName = <T>(name: string, task: () => Promise<T>) => Promise<T>

/** Runs at most so many tasks of the same name at once, in the order in which they came, and all others beside them. */
export function atOnceByName(most: number): AtOnceByName {
  const rooms = new Map<string, { running: number; readonly waiting: (() => void)[] }>()
  return async (name, task) => {
    const room = rooms.get(name) ?? { running: 0, waiting: [] }
    rooms.set(name, room)
    if (room.running < most) room.running++
    else await new Promise<void>((enter) => room.waiting.push(enter))
    try {
      return await task()
    } finally {
      const next = room.waiting.shift()
      if (next !== undefined) next()
      else if (--room.running === 0) rooms.delete(name)
    }
  }
}
