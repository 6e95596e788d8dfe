import { cacheKey, type KeptToken, parseKept, type TokenCache, type TokenIdentity, writeKept } from './token-cache.ts'
import type { Report } from './token-events.ts'
import { unlessAborted } from './unless-aborted.ts'

/** Where tokens are kept: in memory, and in a shared cache whose failures are reported and passed over. */
export interface TokenShelf {
  /** Answers the token in memory. */
  find(identity: TokenIdentity): KeptToken | undefined
  /** Answers the token in the shared cache. */
  findShared(identity: TokenIdentity, report: Report): Promise<KeptToken | undefined>
  /** Keeps a token in memory. */
  keep(identity: TokenIdentity, token: KeptToken): void
  /** Keeps a token in the shared cache for `ttl` seconds. */
  share(identity: TokenIdentity, token: KeptToken, ttl: number, report: Report): Promise<void>
  /** Drops a token from both, unless another one is kept by now. */
  drop(identity: TokenIdentity, token: string, report: Report): Promise<void>
}

/** How long the shared cache may take to answer, in seconds. */
const CACHE_TIMEOUT = 1
/** Above this many tokens in memory, those that have ended are dropped. */
const CROWDED = 1000

/** Creates an empty shelf. */
export function createTokenShelf(cache: TokenCache | undefined, now: () => number): TokenShelf {
  const kept = new Map<string, KeptToken>()

  async function findShared(identity: TokenIdentity, report: Report): Promise<KeptToken | undefined> {
    if (cache === undefined) return undefined
    return parseKept(identity, await attempt('get', () => cache.get(cacheKey(identity)), report))
  }

  return {
    find: (identity) => kept.get(cacheKey(identity)),
    findShared,
    keep(identity, token) {
      if (kept.size >= CROWDED) for (const [key, { accessToken }] of kept) if (accessToken.expiresAt <= now()) kept.delete(key)
      kept.set(cacheKey(identity), token)
    },
    async share(identity, token, ttl, report) {
      if (cache !== undefined && ttl >= 1) await attempt('set', () => cache.set(cacheKey(identity), writeKept(identity, token), Math.floor(ttl)), report)
    },
    async drop(identity, token, report) {
      const key = cacheKey(identity)
      if (kept.get(key)?.accessToken.token === token) kept.delete(key)
      if (cache === undefined) return
      const shared = await findShared(identity, report)
      if (shared?.accessToken.token === token) await attempt('delete', () => cache.delete(key), report)
    },
  }
}

async function attempt<T>(operation: 'get' | 'set' | 'delete', use: () => Promise<T>, report: Report): Promise<T | undefined> {
  try {
    return await unlessAborted(use(), AbortSignal.timeout(CACHE_TIMEOUT * 1000))
  } catch (error) {
    report({ type: 'cache_failed', operation, error })
    return undefined
  }
}
