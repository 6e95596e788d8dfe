import type { Write } from '@latchkey/core'
import { isContended, isObjection } from './faults.ts'
import type { Line, Question } from './line.ts'
import { written } from './written.ts'

type Outcome = 'committed' | 'conflict'

interface Waiting {
  /** What it writes, each as JSON without its braces. */
  readonly writes: readonly string[]
  /** The rows it writes, by kind and key. */
  readonly rows: readonly string[]
  /** The rows it expects, by kind, key and revision: once they are written by another, it conflicts. */
  readonly expects: readonly string[]
  readonly since: number
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** So many commits share a transaction at most, so that none waits long for its answer, and others not for its rows. */
const MOST_AT_ONCE = 128
/** So many commits wait at most; whoever comes then is told at once. */
const MOST_WAITING = 5_000
/** How often a transaction is tried that the database undid for the sake of another. */
const MOST_TRIES = 10

/** Applies commits. */
export interface Committing {
  commit(writes: readonly Write[]): Promise<Outcome>
  /** Resolves once nothing is under way. */
  settled(): Promise<void>
}

/**
 * Commits which arrive while others are under way share the next transaction, and so one round trip and one wait for the disk; each keeps its own conflict.
 * Those on one row never share one, nor are they under way at the same time: once the first is committed, the others that expected the same revision conflict.
 */
export function groupCommits(lines: readonly Line[], question: (writes: string) => Question, patience: number): Committing {
  const idle = [...lines]
  const busy = new Set<string>()
  let waiting: Waiting[] = []
  let whenSettled: (() => void)[] = []
  let isAwake = false

  /** Takes those that have the rows to themselves. */
  function next(): readonly Waiting[] {
    const group: Waiting[] = []
    const left: Waiting[] = []
    const latest = performance.now() - patience
    for (const each of waiting) {
      if (each.since < latest) each.reject(new Error('the database did not answer in time'))
      else if (group.length === MOST_AT_ONCE || each.rows.some((row) => busy.has(row))) left.push(each)
      else {
        group.push(each)
        for (const row of each.rows) busy.add(row)
      }
    }
    waiting = left
    return group
  }
  function start(): void {
    isAwake = false
    for (let line = idle.pop(); line !== undefined; line = idle.pop()) {
      const group = next()
      if (group.length === 0) {
        idle.push(line)
        break
      }
      void run(line, group)
    }
    if (waiting.length > 0 || idle.length < lines.length) return
    for (const settle of whenSettled) settle()
    whenSettled = []
  }
  async function run(line: Line, group: readonly Waiting[]): Promise<void> {
    await apply(line, question, group, overtake)
    for (const { rows } of group) for (const row of rows) busy.delete(row)
    idle.push(line)
    start()
  }
  /** What these wrote is no longer as it was: those who wait for it need not ask. */
  function overtake(committed: readonly Waiting[]): void {
    if (waiting.length === 0) return
    const gone = new Set(committed.flatMap(({ expects }) => expects))
    const isLate = (each: Waiting) => each.expects.some((row) => gone.has(row))
    const late = waiting.filter(isLate)
    if (late.length > 0) waiting = waiting.filter((each) => !isLate(each))
    for (const each of late) each.resolve('conflict')
  }

  return {
    async commit(writes) {
      if (writes.length === 0) return 'committed'
      const wanted = written(writes)
      if (waiting.length >= MOST_WAITING) throw new Error('too many wait for the database')
      return new Promise((resolve, reject) => {
        waiting.push({ ...wanted, since: performance.now(), resolve, reject })
        if (isAwake) return
        isAwake = true
        setImmediate(start)
      })
    },
    settled: () =>
      new Promise((resolve) => {
        whenSettled.push(resolve)
        setImmediate(start)
      }),
  }
}

/** Applies a group and tells each of its outcome. When the database objects to what the group says, each goes alone, so that one mistake is nobody else's. */
async function apply(line: Line, question: (writes: string) => Question, group: readonly Waiting[], overtake: (committed: readonly Waiting[]) => void): Promise<void> {
  try {
    const lost = new Set(await conflictsOf(line, question, group))
    overtake(group.filter((_, place) => !lost.has(place)))
    for (const [place, each] of group.entries()) each.resolve(lost.has(place) ? 'conflict' : 'committed')
  } catch (error) {
    if (group.length > 1 && isObjection(error) && !isContended(error)) for (const each of group) await apply(line, question, [each], overtake)
    else for (const { reject } of group) reject(error)
  }
}

async function conflictsOf(line: Line, question: (writes: string) => Question, group: readonly Waiting[]): Promise<readonly number[]> {
  const writes = `[${group.flatMap((each, place) => each.writes.map((write) => `{"place":${place},${write}}`)).join(',')}]`
  const since = Math.min(...group.map((each) => each.since))
  for (let tries = 1; ; tries++) {
    try {
      const [answer] = await line.ask(question(writes), since)
      return JSON.parse(answer?.[0] ?? '[]') as number[]
    } catch (error) {
      if (tries === MOST_TRIES || !isContended(error)) throw error
    }
  }
}
