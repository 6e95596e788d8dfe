import { authorizationResponse, authorize as attemptOf, type AuthorizationRequest, type Browser, type Client, type Digest, digest, type Form, isRefusal, parseAuthorizationRequest, parseForm, type Refusal, refuse, returned } from '@latchkey/core'
import type { AuthorizationServer, Exchange } from '../authorization-server.ts'
import { seeOther, sendBack } from '../http/answer.ts'
import { BROWSER_COOKIE_LIFETIME } from '../http/cookies.ts'
import { queryOf, readFormText } from '../http/form.ts'
import type { Minted } from '../mint.ts'
import { drawSecret } from '../ports/random.ts'
import { accept } from '../refused.ts'
import { askedInBrowser } from '../request/asked.ts'
import { settle } from '../settle.ts'

/** What happens at /authorize: a code at once, a question to the user, or a refusal. @spec RFC 6749 §3.1, OpenID Connect Core §3.1.2 */
export async function authorize(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const form = accept(await readRequest(http))
  if (http.method === 'POST' && sentWithoutCookies(exchange)) return seeOther(`${server.endpoints.authorization_endpoint}?${spelled(form)}`)
  const client = accept(await clientOf(form, exchange))
  const asked = accept(await askedInBrowser(form, client, server))
  const request = accept(await understood(asked.form, client, server))
  return begin(request, client, exchange, asked.pushed)
}

/** What a form asks for, with the user whom its `id_token_hint` names; or a refusal that knows whether it may travel to the client. */
export async function understood(form: Form, client: Client, server: AuthorizationServer): Promise<AuthorizationRequest | Refusal> {
  const request = parseAuthorizationRequest(form, client, server.catalogue)
  return isRefusal(request) ? request : withHint(request, form, server)
}

async function begin(request: AuthorizationRequest, client: Client, exchange: Exchange, pushed: Digest | undefined): Promise<Response> {
  const { http, server } = exchange
  const browserSecret = server.cookies.read(http, 'browser') ?? drawSecret(server.random)
  const handle = drawSecret(server.random)
  const browser: Browser = { browser: digest(browserSecret), session: sessionDigest(exchange) }
  const decision = accept(await settle(attemptOf(request, { client, catalogue: server.catalogue }, browser, digest(handle), pushed), server))
  if (decision.kind === 'minted') return finish(decision, request, exchange)
  return seeOther(askingAt(server.pages.path(decision.question), handle, server.catalogue.issuer), [server.cookies.write('browser', browserSecret, BROWSER_COOKIE_LIFETIME)])
}

/** Sends what was issued home to the client. @spec RFC 6749 §4.1.2 */
export function finish({ code, access_token, token_type, expires_in, scope, id_token }: Minted, request: AuthorizationRequest, { server, trace, endpoint }: Exchange, cookies: readonly string[] = []): Response {
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id: request.client_id, issued: request.response_type.split(' ') })
  return sendBack(authorizationResponse(request.returnTo, { code, access_token, token_type, expires_in: expires_in?.toString(), scope, id_token }), cookies)
}

/** The address where a user is asked. */
export function askingAt(path: string, handle: string, issuer: string): string {
  return `${issuer}${path}?interaction=${handle}`
}

/** The key of the session that the browser says it has. */
export function sessionDigest({ http, server }: Exchange): Browser['session'] {
  const cookie = server.cookies.read(http, 'session')
  return cookie === undefined ? undefined : digest(cookie)
}

/** What stands in the query counts for a form post too, so that no parameter can hide in one of the two places. @spec RFC 6749 §3.1 */
async function readRequest(http: Request): Promise<Form | Refusal> {
  if (http.method !== 'POST') return parseForm(queryOf(http))
  const body = await readFormText(http)
  return isRefusal(body) ? body : parseForm(`${queryOf(http)}&${body}`)
}

/** A form that another site posts comes without our Lax cookies; asked again by GET it brings them. */
function sentWithoutCookies({ http, server }: Exchange): boolean {
  return http.headers.get('sec-fetch-site') === 'cross-site' && server.cookies.read(http, 'browser') === undefined && server.cookies.read(http, 'session') === undefined
}

async function clientOf(form: Form, { server }: Exchange): Promise<Client | Refusal> {
  if (form.repeated.includes('client_id')) return refuse('authorize_parameter_repeated', { parameter: 'client_id' })
  const client_id = form.one('client_id')
  if (client_id === undefined) return refuse('authorize_client_missing')
  const client = await server.clients.find(client_id)
  if (client === undefined) return refuse('authorize_client_unknown')
  return client.enabled ? client : refuse('authorize_client_disabled', { client_id })
}

/** The request with the user whom its `id_token_hint` names. An ID Token that has expired still names them. @spec OpenID Connect Core §3.1.2.2 */
async function withHint(request: AuthorizationRequest, form: Form, { keys, catalogue }: AuthorizationServer): Promise<AuthorizationRequest | Refusal> {
  const hint = form.one('id_token_hint')
  if (hint === undefined) return request
  const { iss, sub } = (await keys.verify(hint, 'JWT')) ?? {}
  if (iss !== catalogue.issuer || typeof sub !== 'string') return returned(refuse('id_token_hint_not_ours', { client_id: request.client_id }), request.returnTo)
  return { ...request, hintedSubject: sub }
}

function spelled(form: Form): string {
  return form.names.flatMap((name) => form.all(name).map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)).join('&')
}

