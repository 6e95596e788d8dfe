import type { Auth } from '@latchkey/browser'
import { createContext, createElement, useEffect, type ReactNode } from 'react'

/** The sign-in of the application around a component. */
export const AuthContext = createContext<Auth<unknown> | undefined>(undefined)

/** What an {@link AuthProvider} is given. */
export interface AuthProviderProps {
  /** Made once, outside of any component, by `createAuth`. */
  readonly auth: Auth<unknown>
  readonly children?: ReactNode
}

/** Lets the components inside use a sign-in, and begins it; a server renders them while nobody is known. */
export function AuthProvider({ auth, children }: AuthProviderProps): ReactNode {
  useEffect(() => void auth.ready(), [auth])
  return createElement(AuthContext, { value: auth }, children)
}
