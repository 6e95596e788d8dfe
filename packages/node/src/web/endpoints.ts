import { type AuthError, authError, type Client, isAuthError } from '@latchkey/client'
import { withCookies } from './cookies.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { readParameters } from './request-parameters.ts'
import { returnAddress } from './return-address.ts'
import type { SessionPlaces } from './session-place.ts'
import type { WebAuthOptions, WebSettings } from './settings.ts'
import { stateOf, type Transactions } from './transactions.ts'
import type { WebSession } from './web-session.ts'

/** What the endpoints work with. */
export interface EndpointOptions {
  readonly options: WebAuthOptions
  readonly settings: WebSettings
  readonly client: Client
  readonly places: SessionPlaces
  readonly transactions: Transactions
  readonly ended: EndedSessions | undefined
  /** Answers the session of a request, and what its response must carry. */
  readonly sessionOf: (request: Request) => Promise<{ readonly session: WebSession | undefined; readonly apply: (response: Response) => Response }>
}

const NO_STORE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

/** Sends the browser to the issuer. Only a page that the user opens begins a sign-in, so that scripts and prefetching leave none behind. */
export async function answerLogin(request: Request, { options, settings, client, transactions }: EndpointOptions): Promise<Response> {
  const destination = request.headers.get('sec-fetch-dest')
  if (request.method !== 'GET' || (destination !== null && destination !== 'document')) return refuse(405, 'login_required', { allow: 'GET' })
  if (/\bprefetch\b/.test(request.headers.get('sec-purpose') ?? '')) return refuse(503, 'login_required')
  const { resource, maxAge, extra, responseType = 'code' } = options
  const { url, pending } = await client.authorizationUrl({
    redirectUri: settings.base.origin + settings.paths.callback, scope: settings.scope, responseType, signal: request.signal,
    ...(settings.responseMode !== 'query' && { responseMode: settings.responseMode }),
    ...(resource !== undefined && { resource }), ...(maxAge !== undefined && { maxAge }), ...(extra !== undefined && { extra }),
  })
  const returnTo = returnAddress(new URL(request.url).searchParams.get('returnTo'), settings.base)
  return seeOther(url.href, await transactions.begin(request, { pending, returnTo }))
}

/** Judges what the issuer answered and begins a session under a new name. A response counts once. */
export async function answerCallback(request: Request, endpoints: EndpointOptions, claim: (state: string) => boolean): Promise<Response> {
  const { settings, client, places, transactions } = endpoints
  if (request.method !== (settings.postsForm ? 'POST' : 'GET')) return refuse(405, 'response_malformed', { allow: settings.postsForm ? 'POST' : 'GET' })
  const parameters = await readParameters(request, settings.postsForm, 'callback')
  const { transaction, cookies } = await transactions.find(request, stateOf(parameters))
  try {
    if (transaction === undefined || !claim(transaction.pending.state)) return await answerUnknown(request, endpoints)
    const tokens = await client.callback(parameters, transaction.pending, { signal: request.signal })
    if (tokens.claims === undefined) throw authError('id_token_missing', 'callback')
    await places.of(request).remove()
    const place = places.fresh(request)
    await place.write({ tokens, signedInAt: tokens.claims.iat, expiresAt: settings.now() + settings.sessionLifetime })
    return seeOther(transaction.returnTo, [...cookies, ...place.cookies()])
  } catch (error) {
    if (!isAuthError(error)) throw error
    return withCookies(await answerError(error, request, endpoints), cookies)
  }
}

/** A response that nobody waits for: the user who is signed in already came back by the history, anyone else begins anew. */
async function answerUnknown(request: Request, endpoints: EndpointOptions): Promise<Response> {
  const { session, apply } = await endpoints.sessionOf(request)
  if (session !== undefined) return apply(seeOther(returnAddress(undefined, endpoints.settings.base), []))
  throw authError('state_mismatch', 'callback', { hint: 'this sign-in was used already, took too long, or began in another browser' })
}

/** Ends the session here, and with the issuer when it offers that. A page of another site cannot end it. @spec OpenID Connect RP-Initiated Logout §2 */
export async function answerLogout(request: Request, { settings, client, places }: EndpointOptions): Promise<Response> {
  if (isFromElsewhere(request, settings)) return refuse(403, 'origin_not_allowed')
  if (request.method !== 'GET' && request.method !== 'POST') return refuse(405, 'response_malformed', { allow: 'GET, POST' })
  const place = places.of(request)
  const record = await place.lock(async () => {
    const found = await place.read()
    await place.remove()
    return found
  })
  const metadata = await client.discover(request.signal).catch(() => undefined)
  if (record?.tokens.refreshToken !== undefined && metadata?.revocation_endpoint !== undefined) {
    // The session here is over; that the issuer learns of it late must not keep the user.
    await client.revoke(record.tokens, { signal: request.signal }).catch(() => undefined)
  }
  const { postLogoutRedirectUri } = settings
  const away = metadata === undefined ? undefined : await client.endSessionUrl({ postLogoutRedirectUri, ...(record !== undefined && { tokens: record.tokens }) })
  return seeOther(away?.href ?? postLogoutRedirectUri, place.cookies())
}

/** Ends sessions at the word of the issuer. @spec OpenID Connect Back-Channel Logout §2.5, §2.8 */
export async function answerBackchannelLogout(request: Request, { client }: EndpointOptions, ended: EndedSessions): Promise<Response> {
  if (request.method !== 'POST') return refuse(405, 'invalid_request', { allow: 'POST' })
  try {
    const tokens = (await readParameters(request, true, 'logout')).getAll('logout_token')
    const [token = ''] = tokens
    if (tokens.length !== 1) throw authError('logout_token_malformed', 'logout')
    const claims = await client.judgeLogoutToken(token, { signal: request.signal })
    if (!(await ended.remember(claims))) throw authError('logout_token_replayed', 'logout')
    return new Response(null, { status: 200, headers: NO_STORE })
  } catch (error) {
    if (!isAuthError(error) || error.code === 'storage_failed') throw error
    // The reason is for the log of the issuer's operator, and names no secret.
    return Response.json({ error: 'invalid_request', error_description: error.message }, { status: error.retryable ? 503 : 400, headers: NO_STORE })
  }
}

/** Tells scripts of this application who is signed in; 401 when nobody is. */
export async function answerUser(request: Request, { options, sessionOf }: EndpointOptions): Promise<Response> {
  if (request.method !== 'GET') return refuse(405, 'invalid_request', { allow: 'GET' })
  const { session, apply } = await sessionOf(request)
  if (session === undefined) return apply(refuse(401, 'login_required'))
  const { claims, expiresAt } = session
  return apply(Response.json({ user: options.parseUser === undefined ? claims : options.parseUser(claims), expiresAt }, { headers: NO_STORE }))
}

/** Answers a sign-in that failed. */
export async function answerError(error: AuthError, request: Request, { options: { onError } }: EndpointOptions): Promise<Response> {
  if (onError !== undefined) return onError(error, request)
  const headers = { ...NO_STORE, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return new Response(`The sign-in failed: ${error.message}\n`, { status: error.retryable ? 502 : 400, headers })
}

/** Refuses a request in one word, as scripts read it. */
export function refuse(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error }, { status, headers: { ...NO_STORE, ...headers } })
}

function seeOther(location: string, cookies: readonly string[]): Response {
  return withCookies(new Response(null, { status: 303, headers: { ...NO_STORE, location } }), cookies)
}

function isFromElsewhere(request: Request, { base }: WebSettings): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'cross-site' || site === 'same-site'
  const origin = request.headers.get('origin')
  return origin !== null && origin !== base.origin
}
