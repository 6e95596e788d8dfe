import type { LoginOptions } from '@latchkey/browser'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useAuth } from './use-auth.ts'

/** What a {@link RequireAuth} is given. */
export interface RequireAuthProps {
  readonly children?: ReactNode
  /** Shown while nobody is known and while the user is on the way to the issuer. */
  readonly fallback?: ReactNode
  /** Shown when a sign-in failed, with the reason and a way to try again; nobody is sent to the issuer twice by themselves. */
  readonly refused?: (reason: unknown, retry: () => void) => ReactNode
  readonly login?: LoginOptions
}

/** Shows its children to users who are signed in, and sends all others to sign in. */
export function RequireAuth({ children, fallback = null, refused = () => fallback, login: asked }: RequireAuthProps): ReactNode {
  const { state, login } = useAuth()
  const [fault, setFault] = useState<unknown>()
  const isLeaving = useRef(false)
  const leave = (): void => {
    if (isLeaving.current) return
    isLeaving.current = true
    login(asked).catch(setFault).finally(() => {
      isLeaving.current = false
    })
  }
  const reason = fault ?? (state.status === 'anonymous' ? state.reason : undefined)
  const isStranger = state.status === 'anonymous' && reason === undefined
  useEffect(() => {
    if (isStranger) leave()
  })
  if (state.status === 'authenticated') return children
  return reason === undefined ? fallback : refused(reason, leave)
}
