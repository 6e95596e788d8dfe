import { authError, type AuthError, type IdTokenClaims } from '@latchkey/client/parts'
import type { TokenStore } from './token-store.ts'

/** An origin that may be sent tokens, and which token it gets. */
export interface FetchOrigin {
  readonly origin: string
  readonly resource?: string
  readonly scope?: string
}

/** What an application says about itself once. */
export interface AuthOptions {
  /** Exactly as the issuer's discovery document states it. */
  readonly issuer: string
  readonly clientId: string
  /** Space-separated; `openid` by default, which it must contain. `offline_access` asks for a refresh token. */
  readonly scope?: string
  /** The page that takes the response; `/callback` on this origin by default. */
  readonly redirectUri?: string
  /** Where the issuer sends the user after sign-out; must be registered with it. */
  readonly postLogoutRedirectUri?: string
  /** The only origins that `fetch` sends tokens to. */
  readonly fetchOrigins?: readonly (string | FetchOrigin)[]
  /** Where tokens are kept: for the life of the page, of the tab (the default), or in all tabs until sign-out; or a store of your own. */
  readonly tokens?: 'memory' | 'session' | 'local' | TokenStore
  /** Resource to ask for. @spec RFC 8707 §2 */
  readonly resource?: string
  /** Seconds; asks for a sign-in no older than this. */
  readonly maxAge?: number
  /** Further parameters of the authorization request, by their registered names. */
  readonly extra?: Readonly<Record<string, string>>
  /** Seconds that the issuer's clock and this one may differ; 30 by default. */
  readonly clockTolerance?: number
  /** Permits plain http beyond loopback. For closed test networks only. */
  readonly allowInsecureIssuer?: boolean
  readonly fetch?: typeof fetch
}

/** Options that say what a user is, for instance through a schema library. */
export interface ParsingOptions<User> extends AuthOptions {
  readonly parseUser: (claims: IdTokenClaims) => User
}

/** Which access token is wanted. */
export interface TokenRequest {
  readonly resource?: string
  readonly scope?: string
  /** Seconds that the token must still live; 30 by default, never more than half its lifetime. */
  readonly minTtl?: number
  readonly forceRefresh?: boolean
  readonly signal?: AbortSignal
}

/** What one sign-in may ask for. */
export interface LoginOptions {
  /** A path on this origin, handed back in the state; the current page by default. */
  readonly returnTo?: string
  /** Anything that JSON can hold, handed back in the state. */
  readonly appState?: unknown
  readonly extra?: Readonly<Record<string, string>>
}

/** The `AuthError` for options or arguments that cannot be meant. */
export function misconfigured(message: string): AuthError {
  return authError('invalid_configuration', 'config', { hint: message })
}

/** Reads `fetchOrigins`; each must be an origin and nothing more, and https unless it is on this machine. */
export function parseFetchOrigins(listed: AuthOptions['fetchOrigins'], allowInsecure: boolean): ReadonlyMap<string, FetchOrigin> {
  const origins = (listed ?? []).map(one => typeof one === 'string' ? { origin: one } : one)
  for (const { origin } of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (url?.origin !== origin) throw misconfigured(`fetchOrigins: ${origin} is not an origin`)
    if (url.protocol !== 'https:' && !allowInsecure && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)) throw misconfigured(`fetchOrigins: ${origin} is not https`)
  }
  return new Map(origins.map(one => [one.origin, one]))
}
