import type { AccessToken, IdTokenClaims } from '@latchkey/client/parts'
import { anonymous, assemble, late, loadExtras } from './application.ts'
import { findArrival } from './arrival.ts'
import type { AuthState } from './auth-state.ts'
import { authorizedFetch } from './authorized-fetch.ts'
import { begin, steps } from './beginning.ts'
import { depart, leave, redirectUriOf } from './departure.ts'
import { parseFetchOrigins, type AuthOptions, type LoginOptions, type ParsingOptions, type PopupOptions, type TokenRequest } from './options.ts'
import { isBrowser } from './tabs.ts'

/** Sign-in for one application with one issuer. Methods wait until it is known who is signed in; all but `ready` throw `AuthError`. */
export interface Auth<User> {
  /** Takes the response of a sign-in, exactly once, or restores the session. Never throws: what went wrong is the state's `reason`. */
  ready(): Promise<AuthState<User>>
  /** Sends the user to the issuer. Settles only if the user comes back to this very page. */
  login(options?: LoginOptions): Promise<void>
  /**
   * Signs the user in in a window of its own; call it straight from a click. Throws `popup_blocked` when the browser allows no window,
   * and `popup_closed` when another sign-in takes its place.
   */
  loginPopup(options?: PopupOptions): Promise<AuthState<User>>
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

/**
 * Sets sign-in up; nothing is sent before a method is called. May be called on a server, where the state stays `pending`.
 * Throws `invalid_configuration`, `insecure_issuer` or `insecure_context`.
 */
export function createAuth(options: AuthOptions): Auth<IdTokenClaims>
export function createAuth<User>(options: ParsingOptions<User>): Auth<User>
export function createAuth({ parseUser = claims => claims, ...options }: AuthOptions & { readonly parseUser?: (claims: IdTokenClaims) => unknown }): Auth<unknown> {
  const application = assemble(options, parseUser)
  const { state, party, source, sessions, tabs } = application
  // Before a worker takes the party's place: APIs are called from the page.
  const send = party.fetch
  // Read at once, before a router rewrites the address.
  const arrival = isBrowser ? findArrival(new URL(location.href), redirectUriOf(options)) : undefined
  let readiness: Promise<AuthState<unknown>> | undefined
  const ready = (): Promise<AuthState<unknown>> => readiness ??= isBrowser ? begin(application, arrival) : Promise.resolve(state.current())
  const prepared = async (): Promise<void> => {
    await ready()
    await loadExtras(application)
  }
  const sendAuthorized = authorizedFetch(parseFetchOrigins(options), source, send, () => party.dpop?.carry)

  return {
    ready,
    getState: state.current,
    subscribe: state.subscribe,
    async login(asked = {}) {
      await prepared()
      await leave((await depart(application, asked)).url)
    },
    async loginPopup(asked = {}) {
      // Before anything is awaited, because browsers allow it only in answer to a click.
      const popup = open('about:blank', '', 'popup,width=480,height=720')
      return (await late(import('./aside.ts'))).signInByPopup(popup, prepared(), application, steps, asked)
    },
    async token(request = {}) {
      await prepared()
      return source.token(request)
    },
    async fetch(input, init) {
      await prepared()
      return sendAuthorized(input, init)
    },
    async logout({ local = false } = {}) {
      await prepared()
      const session = await sessions.read()
      await sessions.forget()
      tabs.signOut()
      try {
        if (!local) await (await late(import('./sign-out.ts'))).signOutWithIssuer(application, session, leave)
      } finally {
        state.become(anonymous())
      }
    },
  }
}
