import { authError, isAuthError, refresh as requestRefresh, until, type AccessToken, type AuthError, type RelyingParty } from '@latchkey/client/parts'
import type { TokenRequest } from './options.ts'
import { sessionWith, tokenKey, type HeldToken, type Session, type SessionKeeper } from './session.ts'

/** What a token source works with. */
export interface TokenSourceOptions {
  readonly party: RelyingParty
  readonly sessions: SessionKeeper
  /** Runs work while no other tab refreshes. */
  readonly lock: <T>(work: () => Promise<T>) => Promise<T>
  /** Seconds since the epoch. */
  readonly now: () => number
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
export function createTokenSource({ party, sessions, lock, now, onRefreshed, onLost }: TokenSourceOptions): TokenSource {
  const flights = new Map<string, Promise<AccessToken>>()
  // The wall clock may be set while a page is open; this one is not.
  const deadlines = new Map<string, number>()

  const lives = ({ token, lifetime }: HeldToken, minTtl: number): boolean => {
    const margin = Math.min(minTtl, lifetime / 2)
    const deadline = deadlines.get(token.token)
    return token.expiresAt - now() > margin && (deadline === undefined || deadline - performance.now() / 1000 > margin)
  }

  const refresh = async (session: Session, request: TokenRequest, isRetry = false): Promise<AccessToken> => {
    const { minTtl, forceRefresh, signal, ...wanted } = request
    const key = tokenKey(request)
    const sentAt = { wall: now(), steady: performance.now() / 1000 }
    const spent = session.tokens.refreshToken
    try {
      const tokens = await requestRefresh(party, session.tokens, wanted)
      const current = await sessions.read()
      if (current === undefined || current.tokens.refreshToken !== spent) throw loginRequired()
      const next = sessionWith(tokens, key, sentAt.wall, current)
      await sessions.write(next)
      deadlines.clear()
      deadlines.set(tokens.accessToken.token, sentAt.steady + tokens.accessToken.expiresAt - sentAt.wall)
      onRefreshed(next)
      await settled()
      return tokens.accessToken
    } catch (error) {
      if (isAuthError(error, 'refresh_token_missing')) throw loginRequired(error)
      if (!isAuthError(error, 'invalid_grant')) throw error
      await settled()
      const current = await sessions.read()
      if (current !== undefined && current.tokens.refreshToken !== spent && !isRetry) {
        const held = current.held[key]
        return held !== undefined && lives(held, 0) ? held.token : refresh(current, request, true)
      }
      if (current?.tokens.refreshToken === spent) {
        await sessions.forget()
        onLost(error)
      }
      throw loginRequired(error)
    }
  }

  const renew = (request: TokenRequest, rejected: string | undefined): Promise<AccessToken> => {
    const key = tokenKey(request)
    const flight = flights.get(key) ?? lock(async () => {
      const session = await sessions.read()
      if (session === undefined) throw loginRequired()
      const held = session.held[key]
      const isFresh = held !== undefined && held.token.token !== rejected && lives(held, request.minTtl ?? MIN_TTL)
      return isFresh ? held.token : refresh(session, request)
    }).finally(() => flights.delete(key))
    flights.set(key, flight)
    const { signal } = request
    return signal === undefined ? flight : until(signal, flight).catch((cause: unknown) => {
      throw signal.aborted && !isAuthError(cause) ? authError('aborted', 'token', { cause }) : cause
    })
  }

  return {
    async token(request) {
      const session = await sessions.read()
      if (session === undefined) throw loginRequired()
      const held = session.held[tokenKey(request)]
      if (request.forceRefresh === true) return renew(request, held?.token.token)
      if (held !== undefined && lives(held, request.minTtl ?? MIN_TTL)) return held.token
      try {
        return await renew(request, held?.token.token)
      } catch (error) {
        if (isAuthError(error) && error.retryable && held !== undefined && lives(held, 0)) return held.token
        throw error
      }
    },
    replace: (rejected, request) => renew(request, rejected.token),
  }
}

const MIN_TTL = 30

/** Browsers let other tabs see a write a little later, while a lock changes hands at once; so the lock is kept until the write has arrived. */
function settled(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 50))
}

function loginRequired(cause?: AuthError): AuthError {
  return authError('login_required', 'token', { cause })
}
