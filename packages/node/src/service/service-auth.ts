import { type AccessToken, type ClientAuth, createClient, createDpop, type Dpop } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { createAuthorizedFetch } from './authorized-fetch.ts'
import type { TokenCache } from './token-cache.ts'
import type { Report, TokenEvent, TokenTarget } from './token-events.ts'
import { createTokenShelf } from './token-shelf.ts'
import { createTokenSource, type TokenWish } from './token-source.ts'

/** A service that calls resource servers in its own name. */
export interface ServiceAuthOptions {
  /** The authorization server, spelled as it spells itself. */
  readonly issuer: string
  readonly clientId: string
  /** How the client proves who it is. */
  readonly clientAuth: ClientAuth
  /**
   * Binds tokens to a key: to one that lives as long as this process, or to that of `createDpop`, which processes need to have in common when
   * they share a cache. An issuer that answers with a Bearer token is refused. @spec RFC 9449
   */
  readonly dpop?: boolean | Dpop
  /** A cache that several processes share; when it fails, the issuer is asked. */
  readonly cache?: TokenCache
  /** Hears what happens to tokens, for logs and metrics; what it throws is ignored. */
  readonly onEvent?: (event: TokenEvent) => void
  /** Permits an `http:` issuer beyond loopback. */
  readonly allowInsecureIssuer?: boolean
  /** Permits sending tokens over `http:` beyond loopback. */
  readonly allowInsecureResources?: boolean
  /** How long one request to the issuer may take, in seconds; 10 unless given. */
  readonly timeout?: number
  /** Sends all requests; the global `fetch` unless given. */
  readonly fetch?: typeof fetch
  /** Tells the time, in seconds since 1970; the system's clock unless given. */
  readonly now?: () => number
}

/** What a caller may want of a token. */
export type TokenOptions = Omit<TokenWish, 'rejected'>

/** Tokens for one resource and scope, and a fetch that carries them. */
export interface ServiceTokens {
  /** Answers a token that holds; throws an {@link AuthError} when none can be had. */
  token(options?: TokenOptions): Promise<AccessToken>
  /**
   * Sends a request with a token, or throws an {@link AuthError} without sending it. After a 401 it tries once more with another token,
   * unless the body was a stream. Redirects are returned, not followed. The caller names the URL, so it must not come from strangers.
   */
  readonly fetch: typeof fetch
}

/** The tokens of one service. */
export interface ServiceAuth {
  /** Answers the tokens for a resource and scope; two calls with the same parameters share theirs. */
  for(target?: TokenTarget): ServiceTokens
}

/** Creates the tokens of a service that is its own client; asks the issuer nothing before the first token is needed. @spec RFC 6749 §4.4 */
export function createServiceAuth(options: ServiceAuthOptions): ServiceAuth {
  const { issuer, clientId, clientAuth, cache, onEvent, allowInsecureIssuer = false, allowInsecureResources = false, timeout = 10 } = options
  if (typeof clientAuth !== 'function') throw configError('clientAuth is missing: a service must prove who it is')
  const now = options.now ?? (() => Date.now() / 1000)
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const dpop = options.dpop === true ? createDpop({ now: () => Math.floor(now()) }) : options.dpop === false ? undefined : options.dpop
  const client = createClient({ ...(dpop !== undefined && { dpop }), issuer, clientId, clientAuth, allowInsecureIssuer, timeout, fetch: send, now })
  const source = createTokenSource({
    issuer,
    clientId,
    shelf: createTokenShelf(cache, now),
    jkt: dpop?.thumbprint,
    now,
    ask: async (target) => (await client.clientCredentials(target)).accessToken,
  })

  return {
    for(target = {}) {
      const { resource, scope } = target
      const wanted = { ...(resource !== undefined && { resource }), ...(scope !== undefined && { scope }) }
      const report: Report = (event) => {
        try {
          onEvent?.({ issuer, clientId, ...wanted, ...event })
        } catch {
          // A log that fails must not cost a token.
        }
      }
      const find = (wish?: TokenWish) => source.find(wanted, report, wish)
      return {
        token: ({ minTtl, forceRefresh, signal } = {}) => find({ signal, ...(minTtl !== undefined && { minTtl }), ...(forceRefresh !== undefined && { forceRefresh }) }),
        fetch: createAuthorizedFetch({ fetch: send, find, forget: (token) => source.forget(wanted, report, token), report, allowInsecureResources, dpop }),
      }
    },
  }
}
