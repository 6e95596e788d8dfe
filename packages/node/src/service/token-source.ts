import { type AccessToken, AuthError, isAuthError } from '@latchkey/client'
import { cacheKey, type KeptToken, type TokenIdentity } from './token-cache.ts'
import type { Report, RequestCause, TokenTarget } from './token-events.ts'
import type { TokenShelf } from './token-shelf.ts'
import { unlessAborted } from './unless-aborted.ts'

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
  readonly shelf: TokenShelf
  /** Answers the thumbprint of the key that tokens are bound to, when they are. */
  readonly jkt?: (() => Promise<string>) | undefined
  readonly now: () => number
}

/** How long before its end a token is replaced, in seconds, unless half its lifetime is less. */
const RENEW_BEFORE = 60
/** How long a token is kept whose end the issuer does not tell, in seconds. */
const UNTOLD_LIFETIME = 300

/** Creates the source of all tokens of one client: each asked for once, however many wait for it. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { issuer, clientId, shelf, now } = options
  const identify = async (target: TokenTarget): Promise<TokenIdentity> => ({ issuer, clientId, ...target, ...(options.jkt !== undefined && { jkt: await options.jkt() }) })
  const asking = new Map<string, Promise<AccessToken>>()

  function begin(identity: TokenIdentity, key: string, wish: TokenWish, report: Report): Promise<AccessToken> {
    const renewing = renew(options, identity, wish, report).finally(() => asking.delete(key))
    asking.set(key, renewing)
    return renewing
  }

  return {
    async find(target, report, wish = {}) {
      const identity = await identify(target)
      const known = shelf.find(identity)
      if (wish.forceRefresh !== true && isUsable(known, wish, now())) {
        report({ type: 'token_cached', from: 'memory' })
        return known.accessToken
      }
      const key = cacheKey(identity)
      const others = asking.get(key)
      if (others !== undefined) {
        const accessToken = await unlessAborted(others, wish.signal)
        if (meets(accessToken, wish, now())) return accessToken
      }
      return unlessAborted(asking.get(key) ?? begin(identity, key, wish, report), wish.signal)
    },
    forget: async (target, report, token) => shelf.drop(await identify(target), token, report),
  }
}

async function renew(options: TokenSourceOptions, identity: TokenIdentity, wish: TokenWish, report: Report): Promise<AccessToken> {
  const { shelf, now } = options
  const shared = wish.forceRefresh === true ? undefined : await shelf.findShared(identity, report)
  if (isUsable(shared, wish, now())) {
    shelf.keep(identity, shared)
    report({ type: 'token_cached', from: 'cache' })
    return shared.accessToken
  }
  const before = shelf.find(identity)
  const accessToken = await askOrKeep(options, identity, before, wish, report)
  if (accessToken === before?.accessToken) return accessToken
  const told = accessToken.expiresAt !== Number.MAX_SAFE_INTEGER
  const lifetime = told ? accessToken.expiresAt - now() : UNTOLD_LIFETIME
  const fresh = { accessToken, renewAt: now() + lifetime - Math.min(RENEW_BEFORE, lifetime / 2) }
  shelf.keep(identity, fresh)
  await shelf.share(identity, fresh, lifetime, report)
  return accessToken
}

async function askOrKeep({ ask, now }: TokenSourceOptions, { resource, scope }: TokenIdentity, before: KeptToken | undefined, wish: TokenWish, report: Report): Promise<AccessToken> {
  const cause = causeOf(before, wish)
  const startedAt = performance.now()
  const duration = () => (performance.now() - startedAt) / 1000
  report({ type: 'token_requested', cause })
  try {
    const accessToken = await ask({ ...(resource !== undefined && { resource }), ...(scope !== undefined && { scope }) })
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

function meets({ token, expiresAt }: AccessToken, { minTtl = 0, rejected }: TokenWish, now: number): boolean {
  return token !== rejected && expiresAt - now >= minTtl
}

function isUsable(kept: KeptToken | undefined, wish: TokenWish, now: number): kept is KeptToken {
  return kept !== undefined && now < kept.renewAt && meets(kept.accessToken, wish, now)
}

function causeOf(before: KeptToken | undefined, { forceRefresh, rejected }: TokenWish): RequestCause {
  if (rejected !== undefined) return 'rejected'
  if (forceRefresh === true) return 'forced'
  return before === undefined ? 'absent' : 'expiring'
}
