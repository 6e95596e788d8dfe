import { type AuthError, type ClientAuth, type CreateClientOptions, type HybridOptions, type IdTokenClaims } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { objectionTo } from '../http/endpoint-url.ts'
import type { ProxyRoute } from './proxy.ts'
import type { SessionStore } from './session-store.ts'

/** How sessions are kept. */
export interface SessionOptions {
  /** At least 32 characters that nobody can guess; of a list the first one seals, and all of them open. */
  readonly secret: string | readonly string[]
  /** Where sessions are kept; without it each one travels in its own encrypted cookie, and cannot be ended from afar. */
  readonly store?: SessionStore
  /** Seconds after which the user must sign in again; a day unless given. */
  readonly lifetime?: number
  /** The name of the cookie; `latchkey` unless given. */
  readonly cookie?: string
}

/** A web application that signs its users in on the server. Times in seconds. */
export interface WebAuthOptions extends Pick<CreateClientOptions, 'dpop' | 'par' | 'signRequest' | 'idTokenAlgorithms' | 'verifySignature' | 'clockTolerance' | 'timeout' | 'allowInsecureIssuer' | 'fetch' | 'now'> {
  /** The authorization server, spelled as it spells itself. */
  readonly issuer: string
  readonly clientId: string
  /** How the client proves who it is. */
  readonly clientAuth: ClientAuth
  /** Where browsers find this application. It is never taken from a request, whose host anyone can make up. */
  readonly baseUrl: string
  readonly session: SessionOptions
  /** The path of the endpoints below `baseUrl`; `/auth` unless given. */
  readonly path?: string
  /** Space-separated; `openid profile offline_access` unless given. */
  readonly scope?: string
  readonly resource?: string | readonly string[]
  /** `code`, or `code id_token` to have an ID Token vouch for the code before it is redeemed. */
  readonly responseType?: 'code' | 'code id_token'
  /** How the response comes back: in the query, or for `code id_token` in a form that the browser posts. */
  readonly responseMode?: Exclude<HybridOptions['responseMode'], 'fragment' | 'fragment.jwt' | undefined>
  /** The greatest age of a sign-in with the issuer. */
  readonly maxAge?: number
  /** How long a user may take to sign in; an hour unless given. */
  readonly loginLifetime?: number
  /** Further parameters of the authorization request, by their registered names. */
  readonly extra?: Readonly<Record<string, string>>
  /** Where the issuer sends the user after signing out, as it is registered there; `baseUrl` and a slash unless given. */
  readonly postLogoutRedirectUri?: string
  /** Paths that are passed on to other servers with a token, for the scripts of the application. */
  readonly proxy?: readonly ProxyRoute[]
  /** What `/auth/user` tells scripts; all claims of the ID Token unless given. */
  readonly parseUser?: (claims: IdTokenClaims) => unknown
  /** Answers a sign-in or sign-out that failed; a short page of plain text unless given. */
  readonly onError?: (error: AuthError, request: Request) => Response | Promise<Response>
  /** Permits tokens to be sent over `http:` beyond loopback. */
  readonly allowInsecureResources?: boolean
}

/** The addresses of the endpoints. */
export interface WebPaths {
  readonly login: string
  readonly callback: string
  readonly logout: string
  readonly backchannelLogout: string
  readonly user: string
}

/** What the parts of a web application have in common, once its options were found usable. */
export interface WebSettings {
  readonly base: URL
  readonly isSecure: boolean
  readonly paths: WebPaths
  readonly postsForm: boolean
  readonly responseMode: NonNullable<WebAuthOptions['responseMode']>
  readonly scope: string
  readonly secrets: readonly string[]
  readonly cookie: string
  readonly sessionLifetime: number
  readonly loginLifetime: number
  readonly postLogoutRedirectUri: string
  readonly now: () => number
}

const DAY = 86_400

/** Reads the options, and throws for those that cannot be right. */
export function parseWebOptions(options: WebAuthOptions): WebSettings {
  const { baseUrl, path = '/auth', session, responseType = 'code', scope = 'openid profile offline_access' } = options
  const objection = objectionTo(baseUrl, { allowInsecure: false })
  if (objection !== undefined) throw configError(`baseUrl ${objection}`)
  const base = new URL(baseUrl)
  if (base.search !== '') throw configError('baseUrl has a query')
  if (typeof options.clientAuth !== 'function') throw configError('clientAuth is missing: a web application must prove who it is')
  if (!/^(\/[\w.-]+)+$/.test(path)) throw configError('path must begin with a slash and end without one')
  if (!scope.split(' ').includes('openid')) throw configError('scope must contain openid')
  const responseMode = options.responseMode ?? (responseType === 'code' ? 'query' : 'form_post')
  if (responseType !== 'code' && !responseMode.startsWith('form_post')) throw configError('an ID Token beside the code reaches a server by form_post only')
  const root = base.pathname.replace(/\/$/, '')
  const at = (name: string) => `${root}${path}/${name}`
  return {
    base,
    isSecure: base.protocol === 'https:',
    paths: { login: at('login'), callback: at('callback'), logout: at('logout'), backchannelLogout: at('backchannel-logout'), user: at('user') },
    postsForm: responseMode.startsWith('form_post'),
    responseMode,
    scope,
    secrets: parseSecrets(session.secret),
    cookie: parseCookieName(session.cookie ?? 'latchkey'),
    sessionLifetime: seconds('session.lifetime', session.lifetime ?? DAY),
    loginLifetime: seconds('loginLifetime', options.loginLifetime ?? 3600),
    postLogoutRedirectUri: options.postLogoutRedirectUri ?? `${base.origin}${root}/`,
    now: options.now ?? (() => Math.floor(Date.now() / 1000)),
  }
}

function parseSecrets(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (secrets.length === 0 || secrets.some((one) => typeof one !== 'string' || one.length < 32)) throw configError('session.secret must have at least 32 characters')
  return secrets
}

function parseCookieName(name: string): string {
  if (!/^[a-z][\w-]{0,40}$/i.test(name)) throw configError('session.cookie must be letters, digits, hyphens and underscores')
  return name
}

function seconds(option: string, value: number): number {
  if (!Number.isInteger(value) || value <= 0) throw configError(`${option} must be a whole number of seconds`)
  return value
}
