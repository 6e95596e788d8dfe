import { digest, errorResponse, type Facts, isRefusal, type Refusal, refusalRule, refuse, release, type ReturnAddress, type ToldRefusal } from '@latchkey/core'
import type { Exchange } from './authorization-server.ts'
import { json, sendBack } from './http/answer.ts'
import { plainRefusalPage } from './http/page.ts'
import type { ShownRefusal } from './ports/interaction.ts'
import { StoreUnavailable } from './reached.ts'
import { settle } from './settle.ts'

const LONGEST_FACT = 200
const BASIC_CHALLENGE = { 'www-authenticate': 'Basic realm="client"' }

/** A refusal on its way to the one place that answers it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.key)
    this.refusal = refusal
  }
}

/** The value itself; a refusal ends the request here. */
export function accept<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Refused(value)
  return value
}

/** Who reads the answers of an endpoint: programs, scripts with an access token, people, or whoever came to a wrong address. */
export type Audience = 'program' | 'bearer' | 'person' | 'anybody'

/** Answers one request: what the endpoint says, or the refusal or fault that ended it, told to the caller and to the operator. */
export async function answering(exchange: Exchange, audience: Audience, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer()
  } catch (thrown) {
    const refusal = thrown instanceof Refused ? thrown.refusal : refuse(thrown instanceof StoreUnavailable ? 'temporarily_unavailable' : 'server_error')
    if (!(thrown instanceof Refused)) exchange.server.events({ event: 'fault', trace: exchange.trace, at: exchange.server.clock(), endpoint: exchange.endpoint, fault: thrown })
    report(exchange, refusal)
    return tell(exchange, audience, refusal)
  }
}

/** Tells the operator of a refusal. */
export function report({ server, trace, endpoint }: Exchange, refusal: Refusal): void {
  const at = server.clock()
  const { client_id } = refusal.facts
  server.events({ event: 'refused', trace, at, endpoint, key: refusal.key, facts: clipped(refusal.facts), ...(typeof client_id === 'string' ? { client_id } : {}) })
}

/** What a caller sent may be long, and a log should not be. */
function clipped(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, LONGEST_FACT) : value]))
}

async function tell(exchange: Exchange, audience: Audience, refusal: Refusal): Promise<Response> {
  const { returnTo } = refusal
  const answer = returnTo === undefined ? await tellHere(exchange, audience, refusal) : await tellThere(exchange, refusal, returnTo)
  answer.headers.set('trace-id', exchange.trace)
  const wait = refusalRule(refusal.key).status === 503 ? 2 : refusal.facts.retryAfter
  if (wait !== undefined) answer.headers.set('retry-after', String(wait))
  return answer
}

/** Tells the client through the browser, at once or after the user has seen where to. @spec RFC 6749 §4.1.2.1, RFC 9700 §4.11.2 */
async function tellThere(exchange: Exchange, refusal: Refusal, returnTo: ReturnAddress): Promise<Response> {
  const response = errorResponse(refusal, returnTo)
  if (returnTo.heldFor === undefined || (await mayGo(returnTo, exchange))) return sendBack(response)
  const { error, caller } = refusalRule(refusal.key)
  const { host } = new URL(returnTo.redirect_uri)
  return shownPage({ error, text: caller, status: 400, trace: exchange.trace, onward: { host: host === '' ? returnTo.redirect_uri : host, response } }, exchange)
}

/** A store that is away sends nobody on. */
async function mayGo(returnTo: ReturnAddress, { http, server }: Exchange): Promise<boolean> {
  try {
    const cookie = server.cookies.read(http, 'session')
    const decision = await settle(release(returnTo, cookie === undefined ? undefined : digest(cookie)), server)
    return decision.kind === 'released' && decision.mayGo
  } catch {
    return false
  }
}

async function shownPage(shown: ShownRefusal, exchange: Exchange): Promise<Response> {
  return (await ownPage(shown, exchange)) ?? plainRefusalPage(shown)
}

async function tellHere(exchange: Exchange, audience: Audience, refusal: Refusal): Promise<Response> {
  const { trace, http } = exchange
  const { error, status, caller } = refusalRule(refusal.key)
  if ((audience === 'person' && !wantsJson(http)) || (audience === 'anybody' && wantsPage(http))) {
    return shownPage({ error, text: caller, status, trace }, exchange)
  }
  return refusal.told === undefined ? json(status, { error, error_description: caller }, headersOf(http, audience, refusal)) : extensionAnswer(http, refusal.told)
}

/** What an extension says in its own words, or what is wrong with metadata; it may repeat what was sent. @spec RFC 6749 §5.2, RFC 7591 §3.2.2 */
function extensionAnswer(http: Request, { error, description, members }: ToldRefusal): Response {
  const isClients = error === 'invalid_client'
  const challenge = isClients && http.headers.has('authorization') ? BASIC_CHALLENGE : {}
  return json(isClients ? 401 : 400, { ...members, error, error_description: description }, { ...challenge, 'x-content-type-options': 'nosniff' })
}

/** The application's page; none when it has no such page, or when that page fails too. */
async function ownPage(shown: ShownRefusal, { server, trace, endpoint }: Exchange): Promise<Response | undefined> {
  try {
    return await server.pages.refusal?.(shown)
  } catch (fault) {
    server.events({ event: 'fault', trace, at: server.clock(), endpoint, fault })
    return undefined
  }
}

function headersOf(http: Request, audience: Audience, refusal: Refusal): Record<string, string> {
  const { error, status, caller } = refusalRule(refusal.key)
  if (refusal.key === 'method_not_allowed') return { allow: String(refusal.facts.allow) }
  if (audience === 'bearer' && (status === 401 || status === 403)) {
    const members = error === undefined ? '' : ` error="${error}", error_description="${caller}"${error === 'insufficient_scope' ? ', scope="openid"' : ''}`
    return { 'www-authenticate': `Bearer${members}` }
  }
  return error === 'invalid_client' && http.headers.has('authorization') ? BASIC_CHALLENGE : {}
}

function wantsPage(http: Request): boolean {
  return (http.headers.get('accept') ?? '').includes('text/html')
}

function wantsJson(http: Request): boolean {
  const accepted = http.headers.get('accept') ?? ''
  return accepted.includes('application/json') && !wantsPage(http)
}
