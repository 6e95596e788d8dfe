import { authError } from '@latchkey/client/parts'

/** Where a session is kept. A store that several pages share should offer `lock`, or the Web Locks of this origin are used. */
export interface TokenStore {
  get(key: string): string | undefined | Promise<string | undefined>
  set(key: string, value: string): void | Promise<void>
  delete(key: string): void | Promise<void>
  lock?<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** The store for a choice in the options. */
export function tokenStoreOf(choice: 'memory' | 'worker' | 'session' | 'local' | TokenStore): TokenStore {
  if (typeof choice === 'object') return choice
  return choice === 'local' || choice === 'session' ? webStore(`${choice}Storage`) : memoryStore()
}

function memoryStore(): TokenStore {
  const held = new Map<string, string>()
  return { get: key => held.get(key), set: (key, value) => void held.set(key, value), delete: key => void held.delete(key) }
}

function webStore(name: 'localStorage' | 'sessionStorage'): TokenStore {
  // Where storage is forbidden, looking at it is what throws.
  const storage = (): Storage => globalThis[name]
  return {
    get: key => guard(() => storage().getItem(key) ?? undefined),
    set: (key, value) => guard(() => storage().setItem(key, value)),
    delete: key => guard(() => storage().removeItem(key)),
  }
}

/** Passes a result of browser storage on; throws `storage_failed` when it is full or forbidden. */
export function guard<T>(use: () => T): T {
  try {
    return use()
  } catch (cause) {
    throw authError('storage_failed', 'config', { cause })
  }
}

/** Runs work while no other tab of this origin runs work of that name. */
export function withLock<T>(name: string, work: () => Promise<T>, store?: TokenStore): Promise<T> {
  if (store?.lock !== undefined) return store.lock(name, work)
  if (!('locks' in navigator)) return work()
  return navigator.locks.request(name, work)
}
