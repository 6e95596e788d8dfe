import { authError, authorizationUrl, createRelyingParty, endSessionUrl, isAuthError, type AccessToken, type AuthError, type RelyingParty, type IdTokenClaims } from '@latchkey/client/parts'
import { findArrival, receive, type Arrival } from './arrival.ts'
import { holdState, type AuthState, type StateHolder } from './auth-state.ts'
import { authorizedFetch } from './authorized-fetch.ts'
import { misconfigured, parseFetchOrigins, type AuthOptions, type LoginOptions, type ParsingOptions, type TokenRequest } from './options.ts'
import { keepSessions, sessionWith, type Session, type SessionKeeper } from './session.ts'
import { openTabs, type Tabs } from './tabs.ts'
import { createTokenSource, type TokenSource } from './token-source.ts'
import { tokenStoreOf, withLock } from './token-store.ts'
import { countDepartures, keepTransaction } from './transactions.ts'

/** Sign-in for one application with one issuer. Methods wait until it is known who is signed in; all but `ready` throw `AuthError`. */
export interface Auth<User> {
  /** Takes the response of a sign-in, exactly once, or restores the session. Never throws: what went wrong is the state's `reason`. */
  ready(): Promise<AuthState<User>>
  /** Sends the user to the issuer. Settles only if the user comes back to this very page. */
  login(options?: LoginOptions): Promise<void>
  /** An access token that lives long enough, refreshed if need be. Throws `login_required` when the user has to sign in. */
  token(request?: TokenRequest): Promise<AccessToken>
  /** `fetch`, with the access token for the origins in `fetchOrigins` and no others. */
  readonly fetch: typeof fetch
  /** Forgets the session in all tabs, then signs out with the issuer if it offers that and `local` is not set. */
  logout(options?: { readonly local?: boolean }): Promise<void>
  getState(): AuthState<User>
  /** Calls back after each change of the state; answers how to stop. */
  subscribe(listener: () => void): () => void
}

interface Parts {
  readonly options: AuthOptions
  readonly parseUser: (claims: IdTokenClaims) => unknown
  readonly party: RelyingParty
  readonly state: StateHolder<unknown>
  readonly sessions: SessionKeeper
  readonly source: TokenSource
  readonly tabs: Tabs
}

/**
 * Sets sign-in up; nothing is sent before a method is called. May be called on a server, where the state stays `pending`.
 * Throws `invalid_configuration`, `insecure_issuer` or `insecure_context`.
 */
export function createAuth(options: AuthOptions): Auth<IdTokenClaims>
export function createAuth<User>(options: ParsingOptions<User>): Auth<User>
export function createAuth(options: AuthOptions & { readonly parseUser?: (claims: IdTokenClaims) => unknown }): Auth<unknown> {
  const parts = assemble(options, options.parseUser ?? (claims => claims))
  const { state, party, source, sessions, tabs } = parts
  const isBrowser = typeof document !== 'undefined'
  // Read at once, before a router rewrites the address.
  const arrival = isBrowser ? findArrival(new URL(location.href), redirectUriOf(options)) : undefined
  let readiness: Promise<AuthState<unknown>> | undefined
  const ready = (): Promise<AuthState<unknown>> => readiness ??= isBrowser ? begin(parts, arrival) : Promise.resolve(state.current())
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const sendAuthorized = authorizedFetch(parseFetchOrigins(options.fetchOrigins, options.allowInsecureIssuer === true), source, send)

  return {
    ready,
    getState: state.current,
    subscribe: state.subscribe,
    async login(asked = {}) {
      await ready()
      await depart(parts, asked)
    },
    async token(request = {}) {
      await ready()
      return source.token(request)
    },
    async fetch(input, init) {
      await ready()
      return sendAuthorized(input, init)
    },
    async logout({ local = false } = {}) {
      await ready()
      const session = await sessions.read()
      await sessions.forget()
      state.become({ status: 'anonymous' })
      tabs.tell('signed-out')
      if (local) return
      const { tokens: _, ...registered } = options
      const url = await endSessionUrl(party, session === undefined ? registered : { ...registered, tokens: session.tokens })
      if (url !== undefined) await leave(url)
    },
  }
}

const now = (): number => Math.floor(Date.now() / 1000)

function assemble(options: AuthOptions, parseUser: (claims: IdTokenClaims) => unknown): Parts {
  const { issuer, clientId, scope = 'openid', tokens = 'session' } = options
  if (typeof document !== 'undefined' && !isSecureContext) throw authError('insecure_context', 'config', { hint: 'use https or localhost' })
  if (!scope.split(' ').includes('openid')) throw misconfigured('`scope` must contain `openid`')
  const party = createRelyingParty(options)
  const name = `latchkey ${clientId} ${issuer}`
  const store = tokenStoreOf(tokens)
  const state = holdState<unknown>()
  const sessions = keepSessions(store, name, party)
  const tabs = openTabs(name, async news => {
    if (state.current().status === 'pending') return
    if (news === 'signed-out') await sessions.forget()
    follow(state, await sessions.read(), parseUser)
  })
  const source = createTokenSource({
    party, sessions, now,
    lock: work => withLock(name, work, store),
    onRefreshed(session) {
      follow(state, session, parseUser)
      tabs.tell('changed')
    },
    onLost(reason) {
      state.become({ status: 'anonymous', reason })
      tabs.tell('changed')
    },
  })
  return { options, parseUser, party, state, sessions, source, tabs }
}

/** Brings the state in line with the session, keeping what the sign-in brought. */
function follow(state: StateHolder<unknown>, session: Session | undefined, parseUser: (claims: IdTokenClaims) => unknown): void {
  const current = state.current()
  const claims = session?.tokens.claims
  if (claims === undefined) {
    if (current.status === 'authenticated') state.become({ status: 'anonymous' })
    return
  }
  const user = parseUser(claims)
  if (current.status === 'authenticated' && JSON.stringify(current.user) === JSON.stringify(user)) return
  state.become({ ...(current.status === 'authenticated' && current), status: 'authenticated', user })
}

async function begin(parts: Parts, arrival: Arrival | undefined): Promise<AuthState<unknown>> {
  const { state, party, sessions, tabs, parseUser } = parts
  let reason: AuthError | undefined
  if (arrival !== undefined) {
    try {
      const arrived = await receive(arrival, party)
      if (arrived?.tokens.claims !== undefined) {
        const { tokens, ...rest } = arrived
        const user = parseUser(arrived.tokens.claims)
        await sessions.write(sessionWith(tokens, '', now()))
        tabs.tell('changed')
        return state.become({ status: 'authenticated', user, ...rest })
      }
    } catch (error) {
      reason = asAuthError(error)
    }
  }
  return restore(parts, reason)
}

async function restore({ state, sessions, source, parseUser }: Parts, earlier: AuthError | undefined): Promise<AuthState<unknown>> {
  try {
    const session = await sessions.read()
    if (session?.tokens.claims === undefined) return state.become(anonymous(earlier))
    const user = parseUser(session.tokens.claims)
    try {
      await source.token({ minTtl: 0 })
    } catch (error) {
      // Without a network the user is still who they were.
      if (!isAuthError(error) || !error.retryable) return state.become(anonymous(asAuthError(error)))
    }
    return state.become({ status: 'authenticated', user })
  } catch (error) {
    return state.become(anonymous(earlier ?? asAuthError(error)))
  }
}

function anonymous(reason: AuthError | undefined): AuthState<never> {
  return reason === undefined ? { status: 'anonymous' } : { status: 'anonymous', reason }
}

function asAuthError(error: unknown): AuthError {
  return isAuthError(error) ? error : authError('invalid_configuration', 'callback', { cause: error })
}

const MOST_DEPARTURES = 5

async function depart({ options, party }: Parts, { returnTo = location.pathname + location.search + location.hash, appState, extra }: LoginOptions): Promise<void> {
  const back = URL.canParse(returnTo, location.href) ? new URL(returnTo, location.href) : undefined
  if (back?.origin !== location.origin) throw misconfigured('`returnTo` is not on this origin')
  if (countDepartures(now()) > MOST_DEPARTURES) throw authError('login_loop', 'authorize', { hint: 'see the reason in the state' })
  const { url, pending } = await authorizationUrl(party, { ...options, redirectUri: redirectUriOf(options).href, extra: { ...options.extra, ...extra } })
  keepTransaction({ pending, returnTo: back.pathname + back.search + back.hash, ...(appState !== undefined && { appState }) }, now())
  await leave(url)
}

function redirectUriOf({ redirectUri = '/callback' }: AuthOptions): URL {
  return new URL(redirectUri, location.href)
}

/** Leaves the page; settles only when the browser brings it back as it was. */
function leave(url: URL): Promise<void> {
  return new Promise(resolve => {
    addEventListener('pageshow', () => resolve(), { once: true })
    location.assign(url)
  })
}
