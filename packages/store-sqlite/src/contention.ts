import { SqliteError } from './sqlite-error.ts'

/** How often work is tried that other connections keep from the database: about five seconds in all. */
export const MOST_TRIES = 120
const LONGEST_PAUSE_IN_MS = 50

/** Whether the database only asks to come back: another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(error.code)
}

/**
 * Calls back once it is worth another try. SQLite's own busy timeout would stop the whole process meanwhile; this lets it work on.
 * The pauses are uneven, so that two processes do not stay in step.
 */
export function afterPause(tries: number, again: () => void): void {
  if (tries < 4) setImmediate(again)
  else setTimeout(again, Math.random() * Math.min(2 ** (tries - 4), LONGEST_PAUSE_IN_MS) * 2)
}

/** What the work answers, tried again for as long as the database is busy. */
export function unlessBusy<T>(work: () => T, tries = 1): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    if (!isBusy(error) || tries >= MOST_TRIES) return Promise.reject(error)
    return new Promise((resolve) => {
      afterPause(tries, () => {
        resolve(unlessBusy(work, tries + 1))
      })
    })
  }
}
