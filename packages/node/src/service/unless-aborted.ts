import { AuthError } from '@latchkey/client'

/** Passes an outcome on unless the signal ends the wait first; the work itself goes on for those who still wait. */
export function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return outcome
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new AuthError('the call was aborted', { code: 'aborted', phase: 'token', cause: signal.reason }))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
