import { authError, isAuthError, refresh as requestRefresh, until, type AccessToken, type AuthError, type RelyingParty } from '@latchkey/client/parts'
import type { TokenRequest } from './options.ts'
import { pause, persist } from './retry.ts'
import { sessionWith, tokenKey, type HeldToken, type Session, type SessionKeeper } from './session.ts'

/** What a token source works with. */
export interface TokenSourceOptions {
  readonly party: RelyingParty
  readonly sessions: SessionKeeper
  /** Runs work while no other tab refreshes. */
  readonly lock: <T>(work: () => Promise<T>) => Promise<T>
  readonly onRefreshed: (session: Session) => void
  /** The issuer no longer honours the session, which is forgotten. */
  readonly onLost: (reason: AuthError) => void
}

/** Answers access tokens, refreshed when they are due: one request for all who ask at once, in this tab and in others. */
export interface TokenSource {
  readonly token: (request: TokenRequest) => Promise<AccessToken>
  /** A token other than the one that a resource would not take. */
  readonly replace: (rejected: AccessToken, request: TokenRequest) => Promise<AccessToken>
}

/** Makes a token source. Its methods throw `login_required` when the user has to sign in. */
export function createTokenSource({ party, sessions, lock, onRefreshed, onLost }: TokenSourceOptions): TokenSource {
  const { now } = party
  const flights = new Map<string, Promise<AccessToken>>()
  // The wall clock may be set while a page is open; this one is not.
  let latest = { token: '', deadline: 0 }

  const lives = ({ token, lifetime }: HeldToken, minTtl: number): boolean => {
    const margin = Math.min(minTtl, lifetime / 2)
    return token.expiresAt - now() > margin && (token.token !== latest.token || latest.deadline - steady() > margin)
  }

  const readSession = async (): Promise<Session> => {
    const session = await sessions.read()
    if (session === undefined) throw loginRequired()
    return session
  }

  const renew = async (request: TokenRequest, key: string, serving: (session: Session) => AccessToken | undefined): Promise<AccessToken> => {
    for (let refused: { readonly spent: string | undefined; readonly reason: AuthError } | undefined;;) {
      const session = await readSession()
      const spent = session.tokens.refreshToken
      // Tokens are given up only when the one that was refused is the one that is still kept.
      if (refused && refused.spent === spent) {
        await sessions.forget()
        onLost(refused.reason)
        throw loginRequired(refused.reason)
      }
      const ready = serving(session)
      if (ready !== undefined) return ready
      const { resource, scope } = request
      const sentAt = now()
      const began = steady()
      try {
        const tokens = await persist(() => requestRefresh(party, session.tokens, { resource, scope }))
        const current = await readSession()
        if (current.tokens.refreshToken !== spent) throw loginRequired()
        const { accessToken } = tokens
        const next = sessionWith(tokens, key, sentAt, current)
        await sessions.write(next)
        latest = { token: accessToken.token, deadline: began + accessToken.expiresAt - sentAt }
        onRefreshed(next)
        await pause(SETTLING)
        return accessToken
      } catch (reason) {
        if (!isAuthError(reason, 'invalid_grant')) throw isAuthError(reason, 'refresh_token_missing') ? loginRequired(reason) : reason
        refused = { spent, reason }
        await pause(SETTLING)
      }
    }
  }

  const ask = async (request: TokenRequest, rejected?: AccessToken): Promise<AccessToken> => {
    const key = tokenKey(request)
    const { signal, minTtl = MIN_TTL, forceRefresh } = request
    const session = await readSession()
    const unwanted = rejected?.token ?? (forceRefresh === true ? session.held[key]?.token.token : undefined)
    const serving = ({ held: { [key]: held } }: Session, ttl = minTtl): AccessToken | undefined =>
      held !== undefined && held.token.token !== unwanted && lives(held, ttl) ? held.token : undefined
    const ready = serving(session)
    if (ready !== undefined) return ready
    const flight = flights.get(key) ?? lock(() => renew(request, key, serving)).finally(() => flights.delete(key))
    flights.set(key, flight)
    try {
      return await (signal === undefined ? flight : until(signal, flight))
    } catch (cause) {
      if (!isAuthError(cause) && signal?.aborted === true) throw authError('aborted', 'token', { cause })
      const last = isAuthError(cause) && cause.retryable ? serving(session, 0) : undefined
      if (last === undefined) throw cause
      return last
    }
  }

  return { token: ask, replace: (rejected, request) => ask(request, rejected) }
}

const MIN_TTL = 30
/** Browsers let other tabs see a write a little later, while a lock changes hands at once; so the lock is kept until the write has arrived. */
const SETTLING = 50

const steady = (): number => performance.now() / 1000

function loginRequired(cause?: AuthError): AuthError {
  return authError('login_required', 'token', { cause })
}
