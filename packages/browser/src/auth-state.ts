import type { AuthError } from '@latchkey/client/parts'

/** Whether somebody is signed in; `pending` until that is known, which is also what a server renders. */
export type AuthState<User> =
  | { readonly status: 'pending' }
  | { readonly status: 'anonymous'; readonly reason?: AuthError | undefined }
  | {
    readonly status: 'authenticated'
    readonly user: User
    /** Where the sign-in that just ended was started, a path on this origin. */
    readonly returnTo?: string
    readonly appState?: unknown
  }

/** One state, and those who want to hear of its changes. */
export interface StateHolder<User> {
  readonly current: () => AuthState<User>
  readonly become: (state: AuthState<User>) => AuthState<User>
  readonly subscribe: (listener: () => void) => () => void
}

/** Holds a state, `pending` at first. */
export function holdState<User>(): StateHolder<User> {
  let state: AuthState<User> = { status: 'pending' }
  const listeners = new Set<() => void>()
  return {
    current: () => state,
    become(next) {
      state = next
      for (const listener of [...listeners]) listener()
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
