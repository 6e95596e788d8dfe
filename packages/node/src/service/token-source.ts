import { type AccessToken, AuthError, isAuthError } from '@latchkey/client'
import { cacheKey, type KeptToken, parseKept, type TokenCache, type TokenIdentity, writeKept } from './token-cache.ts'
import type { Report, RequestCause, TokenTarget } from './token-events.ts'

/** What one call wants of its token. */
export interface TokenWish {
  /** The least time the token must still hold, in seconds. */
  readonly minTtl?: number
  /** Asks the issuer even though a kept token holds. */
  readonly forceRefresh?: boolean
  /** Ends this call's wait, and nobody else's. */
  readonly signal?: AbortSignal | undefined
  /** A token that a resource server refused, which must not be answered again. */
  readonly rejected?: string
}

/** Finds tokens: from memory, from the shared cache, or from the issuer. */
export interface TokenSource {
  find(target: TokenTarget, report: Report, wish?: TokenWish): Promise<AccessToken>
  /** Makes sure that a refused token is not answered again. */
  forget(target: TokenTarget, report: Report, token: string): Promise<void>
}

/** What a token source works with; times in seconds. */
export interface TokenSourceOptions {
  readonly issuer: string
  readonly clientId: string
  /** Asks the issuer for a token. */
  readonly ask: (target: TokenTarget) => Promise<AccessToken>
  readonly cache?: TokenCache | undefined
  readonly now: () => number
}

/** How long before its end a token is replaced, in seconds, unless half its lifetime is less. */
const RENEW_BEFORE = 60
/** How long a token is kept whose end the issuer does not tell, in seconds. */
const UNTOLD_LIFETIME = 300
/** How long the shared cache may take to answer, in seconds. */
const CACHE_TIMEOUT = 1
/** Above this many tokens in memory, those that have ended are dropped. */
const CROWDED = 1000

/** Creates the source of all tokens of one client: each asked for once, however many wait for it. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { issuer, clientId, ask, cache, now } = options
  const kept = new Map<string, KeptToken>()
  const asking = new Map<string, Promise<AccessToken>>()

  function keep(key: string, token: KeptToken): void {
    if (kept.size >= CROWDED) for (const [other, { accessToken }] of kept) if (accessToken.expiresAt <= now()) kept.delete(other)
    kept.set(key, token)
  }

  function meets({ token, expiresAt }: AccessToken, { minTtl = 0, rejected }: TokenWish): boolean {
    return token !== rejected && expiresAt - now() >= minTtl
  }

  function usable(token: KeptToken | undefined, wish: TokenWish): token is KeptToken {
    return token !== undefined && now() < token.renewAt && meets(token.accessToken, wish)
  }

  async function fromCache(identity: TokenIdentity, key: string, wish: TokenWish, report: Report): Promise<KeptToken | undefined> {
    if (cache === undefined || wish.forceRefresh === true) return undefined
    const found = parseKept(identity, await tryCache('get', () => cache.get(key), report))
    return usable(found, wish) ? found : undefined
  }

  async function renew(identity: TokenIdentity, key: string, wish: TokenWish, report: Report): Promise<AccessToken> {
    const found = await fromCache(identity, key, wish, report)
    if (found !== undefined) {
      keep(key, found)
      report({ type: 'token_cached', from: 'cache' })
      return found.accessToken
    }
    const before = kept.get(key)
    const accessToken = await askOrKeep(identity, before, wish, report)
    if (accessToken === before?.accessToken) return accessToken
    const told = accessToken.expiresAt !== Number.MAX_SAFE_INTEGER
    const lifetime = told ? accessToken.expiresAt - now() : UNTOLD_LIFETIME
    const fresh = { accessToken, renewAt: now() + lifetime - Math.min(RENEW_BEFORE, lifetime / 2) }
    keep(key, fresh)
    if (cache !== undefined && lifetime >= 1) await tryCache('set', () => cache.set(key, writeKept(identity, fresh), Math.floor(lifetime)), report)
    return accessToken
  }

  async function askOrKeep(target: TokenTarget, before: KeptToken | undefined, wish: TokenWish, report: Report): Promise<AccessToken> {
    const cause = causeOf(before, wish)
    const startedAt = performance.now()
    const duration = () => (performance.now() - startedAt) / 1000
    report({ type: 'token_requested', cause })
    try {
      const accessToken = await ask(target)
      report({ type: 'token_received', cause, duration: duration(), expiresAt: accessToken.expiresAt })
      return accessToken
    } catch (thrown) {
      const error = isAuthError(thrown) ? thrown : new AuthError('the token request failed', { code: 'token_request_failed', phase: 'token', cause: thrown })
      // Renewal begins early so that a short outage of the issuer goes unnoticed.
      const keptOld = cause === 'expiring' && error.retryable && before !== undefined && before.accessToken.expiresAt - now() > (wish.minTtl ?? 0)
      report({ type: 'token_failed', cause, duration: duration(), error, keptOld })
      if (keptOld) return before.accessToken
      throw error
    }
  }

  function begin(identity: TokenIdentity, key: string, wish: TokenWish, report: Report): Promise<AccessToken> {
    const renewing = renew(identity, key, wish, report).finally(() => asking.delete(key))
    asking.set(key, renewing)
    return renewing
  }

  return {
    async find(target, report, wish = {}) {
      const identity = { issuer, clientId, ...target }
      const key = cacheKey(identity)
      const known = kept.get(key)
      if (wish.forceRefresh !== true && usable(known, wish)) {
        report({ type: 'token_cached', from: 'memory' })
        return known.accessToken
      }
      const others = asking.get(key)
      if (others !== undefined) {
        const accessToken = await unlessAborted(others, wish.signal)
        if (meets(accessToken, wish)) return accessToken
      }
      return unlessAborted(asking.get(key) ?? begin(identity, key, wish, report), wish.signal)
    },
    async forget(target, report, token) {
      const identity = { issuer, clientId, ...target }
      const key = cacheKey(identity)
      if (kept.get(key)?.accessToken.token === token) kept.delete(key)
      if (cache === undefined) return
      const found = parseKept(identity, await tryCache('get', () => cache.get(key), report))
      if (found?.accessToken.token === token) await tryCache('delete', () => cache.delete(key), report)
    },
  }
}

function causeOf(before: KeptToken | undefined, { forceRefresh, rejected }: TokenWish): RequestCause {
  if (rejected !== undefined) return 'rejected'
  if (forceRefresh === true) return 'forced'
  return before === undefined ? 'absent' : 'expiring'
}

async function tryCache<T>(operation: 'get' | 'set' | 'delete', use: () => Promise<T>, report: Report): Promise<T | undefined> {
  try {
    return await unlessAborted(use(), AbortSignal.timeout(CACHE_TIMEOUT * 1000))
  } catch (error) {
    report({ type: 'cache_failed', operation, error })
    return undefined
  }
}

function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return outcome
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new AuthError('the call was aborted', { code: 'aborted', phase: 'token', cause: signal.reason }))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
