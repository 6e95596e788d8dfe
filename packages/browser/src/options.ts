import { authError, isUsableUrl, type AuthError, type IdTokenClaims } from '@latchkey/client/parts'
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
  /**
   * Where tokens are kept: for the life of the page, there with the refresh token out of reach in a worker, for the life of the tab
   * (the default), or in all tabs until sign-out; or a store of your own.
   */
  readonly tokens?: 'memory' | 'worker' | 'session' | 'local' | TokenStore
  /**
   * How a page that opens finds out who is signed in: by the tokens that are kept (`refresh`, the default), and if there are none by asking
   * the issuer without a question to the user, in a hidden frame if it is on the same site, or by going there and back; or not at all.
   */
  readonly restore?: 'refresh' | 'iframe' | 'redirect' | 'none'
  /** Binds tokens to a key that never leaves this browser. @spec RFC 9449 */
  readonly dpop?: boolean
  /** Sends authorization requests to the issuer beforehand: where it requires that (`auto`, the default), or whether or not it does. @spec RFC 9126 */
  readonly par?: 'auto' | 'always' | 'never'
  /** Resources to ask for. @spec RFC 8707 §2 */
  readonly resource?: string | readonly string[]
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

/** What a sign-in in a window of its own may ask for. */
export interface PopupOptions extends LoginOptions {
  /** Ends the waiting, because a page cannot know whether the user has closed the window. */
  readonly signal?: AbortSignal
}

/** The `AuthError` for options or arguments that cannot be meant. */
export function misconfigured(hint: string): AuthError {
  return authError('invalid_configuration', 'config', { hint })
}

/** Reads `fetchOrigins`; each must be an origin and nothing more, and https unless it is on this machine. */
export function parseFetchOrigins({ fetchOrigins = [], allowInsecureIssuer = false }: AuthOptions): ReadonlyMap<string, FetchOrigin> {
  return new Map(fetchOrigins.map(one => {
    const listed = typeof one === 'string' ? { origin: one } : one
    const { origin } = listed
    const isOrigin = isUsableUrl(origin, { allowInsecure: allowInsecureIssuer, allowLoopback: true }) && new URL(origin).origin === origin
    if (!isOrigin) throw misconfigured(`fetchOrigins: ${origin}`)
    return [origin, listed]
  }))
}
