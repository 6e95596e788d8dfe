import { AuthError } from '@latchkey/client'

/** Where sessions are kept, such as Redis; what it holds is encrypted, and its keys open no session. */
export interface SessionStore {
  /** Answers the text kept under a key. */
  get(key: string): Promise<string | null | undefined>
  /** Keeps a text for at most `ttl` seconds. */
  set(key: string, text: string, ttl: number): Promise<unknown>
  /** Forgets a key. */
  delete(key: string): Promise<unknown>
  /** Does work while nobody else holds the same key, in any process; without it only the requests of one process wait for each other. */
  lock?<T>(key: string, work: () => Promise<T>): Promise<T>
}

/** Passes on what a store answers; its failure is no missing session, so it is thrown as `storage_failed`. */
export async function fromStore<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (cause) {
    throw new AuthError('the session store failed', { code: 'storage_failed', phase: 'config', retryable: true, cause })
  }
}

/** Creates a store in the memory of this process, for tests and for trying things out: a restart ends every session. */
export function memorySessionStore(now: () => number = () => Date.now() / 1000): SessionStore {
  const kept = new Map<string, { readonly text: string; readonly until: number }>()
  return {
    get: async (key) => {
      const found = kept.get(key)
      return found !== undefined && now() < found.until ? found.text : undefined
    },
    set: async (key, text, ttl) => {
      if (kept.size >= CROWDED) for (const [old, { until }] of kept) if (until <= now()) kept.delete(old)
      kept.set(key, { text, until: now() + ttl })
    },
    delete: async (key) => kept.delete(key),
  }
}

/** Above this many entries those that have ended are dropped. */
const CROWDED = 10_000
