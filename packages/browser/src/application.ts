import { authError, createRelyingParty, type AuthError, type IdTokenClaims, type RelyingParty } from '@latchkey/client/parts'
import type { Arrived } from './arrival.ts'
import { holdState, type AuthState, type StateHolder } from './auth-state.ts'
import { misconfigured, type AuthOptions } from './options.ts'
import type { Proofs } from './dpop.ts'
import { keepSessions, sessionWith, type Session, type SessionKeeper } from './session.ts'
import { isBrowser, openTabs, type Tabs } from './tabs.ts'
import { createTokenSource, type TokenSource } from './token-source.ts'
import { tokenStoreOf, withLock } from './token-store.ts'

/** A relying party that proofs and a worker may still join. */
export type Party = Omit<RelyingParty, 'dpop' | 'fetch'> & { dpop?: Proofs; fetch: typeof fetch }

/** One application's sign-in with one issuer: what all of it works with. */
export interface Application {
  /** Under which everything is kept. */
  readonly name: string
  readonly options: AuthOptions
  readonly parseUser: (claims: IdTokenClaims) => unknown
  readonly party: Party
  readonly state: StateHolder<unknown>
  readonly sessions: SessionKeeper
  readonly source: TokenSource
  readonly tabs: Tabs
}

/** Puts an application together; nothing is sent or read yet. */
export function assemble(options: AuthOptions, parseUser: (claims: IdTokenClaims) => unknown): Application {
  const { dpop, ...registered } = options
  const { issuer, clientId, scope = 'openid', tokens = 'session' } = options
  if (isBrowser && !isSecureContext) throw authError('insecure_context', 'config')
  if (!scope.split(' ').includes('openid')) throw misconfigured('scope: openid is missing')
  const name = `latchkey ${clientId} ${issuer}`
  const party = createRelyingParty(registered) as Party
  const store = tokenStoreOf(tokens)
  const state = holdState<unknown>()
  const sessions = keepSessions(store, name, { issuer, clientId, type: dpop === true ? 'DPoP' : 'Bearer' })
  const tabs = openTabs(name, {
    async onChange() {
      if (state.current().status === 'pending') return
      follow(application, await sessions.read())
      if (state.current().status === 'authenticated') await source.token({})
    },
    async onSignOut() {
      await sessions.forget()
      follow(application, undefined)
    },
  })
  const source = createTokenSource({
    party, sessions,
    lock: work => withLock(name, work, store),
    onRefreshed: session => follow(application, session),
    onLost: reason => void state.become(anonymous(reason)),
  })
  const application = { name, options, parseUser, party, state, sessions, source, tabs }
  return application
}

/** Loads what the options ask for beyond the ordinary. Until that succeeds nothing may be sent, or it would be sent unbound. */
export async function loadExtras(application: Application): Promise<void> {
  const { dpop, tokens } = application.options
  if (dpop === true || tokens === 'worker') await late(import('./extras.ts').then(extras => extras.loadExtras(application)))
}

/** A part that is loaded when it is needed. Throws `network_error` when it cannot be had. */
export function late<T>(part: Promise<T>): Promise<T> {
  return part.catch((cause: unknown) => {
    throw authError('network_error', 'config', { cause, retryable: true })
  })
}

/** Brings the state in line with the session, keeping what the sign-in brought. */
export function follow({ state, parseUser }: Pick<Application, 'state' | 'parseUser'>, session: Session | undefined, brought?: Pick<Arrived, 'returnTo' | 'appState'>): void {
  const current = state.current()
  const was = current.status === 'authenticated' ? current : undefined
  const claims = session?.tokens.claims
  if (claims !== undefined) {
    const user = parseUser(claims)
    if (brought !== undefined || JSON.stringify(was?.user) !== JSON.stringify(user)) state.become({ ...was, ...brought, status: 'authenticated', user })
  } else if (was !== undefined) state.become(anonymous())
}

/** Begins the session that a sign-in brought. */
export async function beginSession(application: Application, { tokens, ...brought }: Arrived): Promise<AuthState<unknown>> {
  const session = sessionWith(tokens, '', application.party.now())
  await application.sessions.write(session)
  follow(application, session, brought)
  return application.state.current()
}

/** Nobody is signed in, for a reason if there is one. */
export function anonymous(reason?: AuthError): AuthState<never> {
  return { status: 'anonymous', reason }
}
