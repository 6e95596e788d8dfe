import { isAuthError } from '@latchkey/client/parts'

const TRIES = 3

/**
 * Tries again while there is a network and it fails, after pauses that differ from tab to tab.
 * That is safe for a refresh token, too: if only the answer was lost, the sooner it is sent again the likelier its issuer takes that for what it is.
 */
export async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === TRIES || !isAuthError(error, 'network_error') || !navigator.onLine) throw error
      await pause(2 ** tries * 100 * (1 + Math.random()))
    }
  }
}

/** Milliseconds of nothing. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
