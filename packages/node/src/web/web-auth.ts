import { createClient, isAuthError } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { createRenewal } from '../session/renewal.ts'
import type { SessionRecord } from '../session/session-record.ts'
import { isDue } from '../session/session-tokens.ts'
import { createServiceAuth, type ServiceAuth } from '../service/service-auth.ts'
import { withCookies } from './cookies.ts'
import { answerBackchannelLogout, answerCallback, answerError, answerLogin, answerLogout, answerUser, type EndpointOptions, refuse } from './endpoints.ts'
import { createEndedSessions } from './ended-sessions.ts'
import { createForward, findRoute, parseRoutes } from './proxy.ts'
import { ownAddress } from './return-address.ts'
import { createSealer } from './sealing.ts'
import { cookieSessions, storedSessions } from './session-place.ts'
import { parseWebOptions, type WebAuthOptions } from './settings.ts'
import { createStateClaims } from './state-claims.ts'
import { createTransactions } from './transactions.ts'
import { createWebSession, type WebSession } from './web-session.ts'

/** The session of a request, and what its response must carry. */
export interface RequestSession {
  /** Who is signed in, or `undefined`. */
  readonly session: WebSession | undefined
  /** Adds to a response the cookies that a renewed or ended session needs; call it on every response. */
  apply(response: Response): Response
}

/** The sign-in of a web application. */
export interface WebAuth {
  /** Answers the requests for `/auth/login`, `/auth/callback`, `/auth/logout`, `/auth/backchannel-logout`, `/auth/user` and the proxied paths; `undefined` for all others. */
  handle(request: Request): Promise<Response | undefined>
  /** Answers the session of a request, its tokens renewed when they were due. Throws `storage_failed` when the store does. */
  session(request: Request): Promise<RequestSession>
  /** Where to send a user to sign in; `returnTo` is a page of this application, of whose address only the path counts. */
  loginUrl(options?: { readonly returnTo?: string | URL }): string
  /** Where to send a user to sign out. */
  logoutUrl(): string
  /** The origin that browsers know this application by. */
  readonly origin: string
}

/** Creates the sign-in of a web application; asks the issuer nothing before the first user signs in. @spec OpenID Connect Core §3.1, §3.3, OAuth 2.0 for Browser-Based Applications §6.1 */
export function createWebAuth(options: WebAuthOptions): WebAuth {
  const { issuer, clientId, allowInsecureResources = false, dpop } = options
  const settings = parseWebOptions(options)
  const { base, now, paths } = settings
  const root = base.pathname.replace(/\/$/, '')
  const client = createClient({ ...clientOptionsOf(options), now, authorizationLifetime: settings.loginLifetime })
  const { store } = options.session
  const sealer = createSealer(settings.secrets)
  const places = store === undefined ? cookieSessions({ settings, sealer, issuer, clientId }) : storedSessions(store, { settings, sealer, issuer, clientId })
  const ended = store && createEndedSessions(store, clientId, settings.sessionLifetime)
  const renew = createRenewal(client)
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const routes = parseRoutes(options.proxy ?? [], allowInsecureResources)
  let service: ServiceAuth | undefined
  const forward = createForward(root, send, () => service ??= createServiceAuth({ ...serviceOptionsOf(options), allowInsecureResources }))
  const claim = createStateClaims(settings.loginLifetime, now)

  async function session(request: Request): Promise<RequestSession> {
    const place = places.of(request)
    const apply = (response: Response) => withCookies(response, place.cookies())
    let record = await place.read()
    if (record !== undefined && (await ended?.include(record)) === true) {
      await place.remove()
      record = undefined
    }
    if (record?.tokens.refreshToken !== undefined && isDue(record, now())) {
      const held: SessionRecord = record
      record = await renew(place, held).catch((error: unknown) => {
        // Without a network the user is still who they were, and the token may even hold a little longer.
        if (isAuthError(error) && error.retryable && error.code !== 'storage_failed') return held
        throw error
      })
    }
    const claims = record?.tokens.claims
    if (record === undefined || claims === undefined) return { session: undefined, apply }
    return { session: createWebSession(place, record, claims, { client, renew, now, fetch: send, dpop, allowInsecureResources }), apply }
  }

  const endpoints: EndpointOptions = { options, settings, client, places, transactions: createTransactions({ settings, sealer }), ended, sessionOf: session }

  async function answer(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url)
    switch (pathname) {
      case paths.login:
        return answerLogin(request, endpoints)
      case paths.callback:
        return answerCallback(request, endpoints, claim)
      case paths.logout:
        return answerLogout(request, endpoints)
      case paths.backchannelLogout:
        return ended && answerBackchannelLogout(request, endpoints, ended)
      case paths.user:
        return hasCsrfHeader(request) ? answerUser(request, endpoints) : refuse(403, 'invalid_request')
    }
    const route = findRoute(routes, root, pathname)
    if (route === undefined) return undefined
    if (!hasCsrfHeader(request)) return refuse(403, 'invalid_request')
    const { session: who, apply } = route.token === 'client' || route.token === 'none' ? { session: undefined, apply: (response: Response) => response } : await session(request)
    return apply(await forward(route, request, who))
  }

  return {
    origin: base.origin,
    session,
    async handle(request) {
      try {
        return await answer(request)
      } catch (error) {
        if (!isAuthError(error)) throw error
        const { pathname } = new URL(request.url)
        const isPage = pathname === paths.login || pathname === paths.callback || pathname === paths.logout
        return isPage ? answerError(error, request, endpoints) : refuse(statusOf(error.code, error.retryable), error.code)
      }
    },
    loginUrl: ({ returnTo } = {}) => {
      const url = new URL(paths.login, base)
      if (returnTo !== undefined) url.searchParams.set('returnTo', ownAddress(returnTo, base))
      return url.href
    },
    logoutUrl: () => new URL(paths.logout, base).href,
  }
}

/** A page of another site cannot send this header without being asked first, whatever cookies its requests carry. */
function hasCsrfHeader(request: Request): boolean {
  return (request.headers.get('x-csrf') ?? '') !== ''
}

function statusOf(code: string, retryable: boolean): number {
  if (code === 'login_required') return 401
  return retryable ? 503 : 502
}

function clientOptionsOf({ issuer, clientId, clientAuth, dpop, par, signRequest, idTokenAlgorithms, verifySignature, clockTolerance, timeout, allowInsecureIssuer, fetch }: WebAuthOptions) {
  if (clientId === '') throw configError('clientId is empty')
  return {
    issuer, clientId, clientAuth,
    ...(dpop !== undefined && { dpop }), ...(par !== undefined && { par }), ...(signRequest !== undefined && { signRequest }),
    ...(idTokenAlgorithms !== undefined && { idTokenAlgorithms }), ...(verifySignature !== undefined && { verifySignature }),
    ...(clockTolerance !== undefined && { clockTolerance }), ...(timeout !== undefined && { timeout }),
    ...(allowInsecureIssuer !== undefined && { allowInsecureIssuer }), ...(fetch !== undefined && { fetch }),
  }
}

function serviceOptionsOf({ issuer, clientId, clientAuth, dpop, timeout, allowInsecureIssuer, fetch, now }: WebAuthOptions) {
  return {
    issuer, clientId, clientAuth,
    ...(dpop !== undefined && { dpop }), ...(timeout !== undefined && { timeout }), ...(allowInsecureIssuer !== undefined && { allowInsecureIssuer }),
    ...(fetch !== undefined && { fetch }), ...(now !== undefined && { now }),
  }
}
