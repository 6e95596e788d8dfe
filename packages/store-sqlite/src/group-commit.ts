import type { Write } from '@latchkey/core'
import type { Database } from 'better-sqlite3'
import { afterPause, isBusy, MOST_TRIES } from './contention.ts'
import { steps, type Step } from './steps.ts'
import type { Tables } from './tables.ts'
import { writeTransaction } from './transaction.ts'

type Outcome = 'committed' | 'conflict'

interface Waiting {
  readonly steps: readonly Step[]
  tries: number
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** So many commits share a transaction at most, so that none holds up the process, or other processes, for long. */
const MOST_AT_ONCE = 512

/**
 * Commits which arrive in the same turn of the event loop share one transaction, and so one wait for the disk; each keeps its own conflict.
 * Measured on one core with a row a commit: 5 k commits/s one at a time, 12 k/s from eight at once.
 */
export function groupCommits(database: Database, tables: Tables): { commit(writes: readonly Write[]): Promise<Outcome>; settled(): Promise<void> } {
  const transaction = writeTransaction(database)
  const apply = applier(database)
  const waiting: Waiting[] = []
  let whenSettled: (() => void)[] = []

  function flush(tries: number): void {
    const group = waiting.slice(0, MOST_AT_ONCE)
    try {
      const outcomes = transaction(() => group.map((each) => apply(each.steps)))
      waiting.splice(0, group.length)
      group.forEach((each, index) => {
        each.resolve(outcomes[index] ?? 'conflict')
      })
      next(0)
    } catch (error) {
      giveUp(group, error)
      next(tries + 1)
    }
  }
  function giveUp(group: readonly Waiting[], error: unknown): void {
    const patient = isBusy(error) ? group.filter((each) => ++each.tries < MOST_TRIES) : []
    waiting.splice(0, group.length, ...patient)
    for (const each of group) if (!patient.includes(each)) each.reject(error)
  }
  function next(tries: number): void {
    if (waiting.length > 0) {
      afterPause(tries, () => {
        flush(tries)
      })
      return
    }
    for (const settle of whenSettled) settle()
    whenSettled = []
  }

  return {
    commit(writes) {
      if (writes.length === 0) return Promise.resolve('committed')
      return new Promise((resolve, reject) => {
        waiting.push({ steps: steps(tables, writes), tries: 0, resolve, reject })
        if (waiting.length === 1) setImmediate(flush, 0)
      })
    },
    settled: () =>
      new Promise((resolve) => {
        if (waiting.length === 0) resolve()
        else whenSettled.push(resolve)
      }),
  }
}

/** Applies all steps or none, inside a transaction that others share. */
function applier(database: Database): (steps: readonly Step[]) => Outcome {
  const savepoint = database.prepare('SAVEPOINT alone')
  const release = database.prepare('RELEASE alone')
  const undo = database.prepare('ROLLBACK TO alone')
  return ([first, ...rest]) => {
    if (rest.length === 0) return first?.() === false ? 'conflict' : 'committed'
    savepoint.run()
    const fits = first?.() !== false && rest.every((step) => step())
    if (!fits) undo.run()
    release.run()
    return fits ? 'committed' : 'conflict'
  }
}
