import type { Auth, AuthState, IdTokenClaims } from '@latchkey/browser'
import { useContext, useSyncExternalStore } from 'react'
import { AuthContext } from './auth-provider.ts'

/** A sign-in and its present state. */
export interface UsedAuth<User> extends Auth<User> {
  readonly state: AuthState<User>
}

const PENDING: AuthState<never> = { status: 'pending' }

/** The sign-in around this component, which renders anew when the state changes. `User` is what `parseUser` makes. */
export function useAuth<User = IdTokenClaims>(): UsedAuth<User> {
  const auth = useContext(AuthContext) as Auth<User> | undefined
  if (auth === undefined) throw new Error('useAuth needs an <AuthProvider> around it')
  const state = useSyncExternalStore(auth.subscribe, auth.getState, () => PENDING)
  return { ...auth, state }
}

/** The user who is signed in, or `undefined`. `User` is what `parseUser` makes. */
export function useUser<User = IdTokenClaims>(): User | undefined {
  const { state } = useAuth<User>()
  return state.status === 'authenticated' ? state.user : undefined
}
