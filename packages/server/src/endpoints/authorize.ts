import { authorizationResponse, authorize as attemptOf, type AuthorizationRequest, type Browser, type Client, digest, type Form, isRefusal, parseAuthorizationRequest, parseForm, type Refusal, refuse } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { seeOther, sendBack } from '../http/answer.ts'
import { queryOf, readFormText } from '../http/form.ts'
import type { Minted } from '../mint.ts'
import { drawSecret } from '../ports/random.ts'
import { accept } from '../refused.ts'
import { settle } from '../settle.ts'

/** What happens at /authorize: a code at once, a question to the user, or a refusal. @spec RFC 6749 §3.1, OpenID Connect Core §3.1.2 */
export async function authorize(exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const form = accept(await readRequest(http))
  if (http.method === 'POST' && sentWithoutCookies(exchange)) return seeOther(`${server.endpoints.authorization_endpoint}?${spelled(form)}`)
  const client = accept(clientOf(form, exchange))
  const request = accept(parseAuthorizationRequest(form, client, server.catalogue))
  return begin(request, client, exchange)
}

async function begin(request: AuthorizationRequest, client: Client, exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const browserSecret = server.cookies.read(http, 'browser') ?? drawSecret(server.random)
  const handle = drawSecret(server.random)
  const browser: Browser = { browser: digest(browserSecret), session: sessionDigest(exchange) }
  const decision = accept(await settle(attemptOf(request, client, browser, digest(handle)), server))
  if (decision.kind === 'minted') return finish(decision, request, exchange)
  return seeOther(askingAt(server.pages.path(decision.question), handle, server.catalogue.issuer), [server.cookies.write('browser', browserSecret, BROWSER_COOKIE_LIFETIME)])
}

/** For how long a browser is known again: longer than any interaction lasts. */
const BROWSER_COOKIE_LIFETIME = 86_400

/** Sends what was issued home to the client. @spec RFC 6749 §4.1.2 */
export function finish({ code }: Minted, request: AuthorizationRequest, { server, trace, endpoint }: Exchange, cookies: readonly string[] = []): Response {
  server.events({ event: 'issued', trace, at: server.clock(), endpoint, client_id: request.client_id, issued: ['code'] })
  return sendBack(authorizationResponse(request.returnTo, { code }), cookies)
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

function clientOf(form: Form, { server }: Exchange): Client | Refusal {
  if (form.repeated.includes('client_id')) return refuse('authorize_parameter_repeated', { parameter: 'client_id' })
  const client_id = form.one('client_id')
  if (client_id === undefined) return refuse('authorize_client_missing')
  return server.clients.get(client_id) ?? refuse('authorize_client_unknown')
}

function spelled(form: Form): string {
  return form.names.flatMap((name) => form.all(name).map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)).join('&')
}

