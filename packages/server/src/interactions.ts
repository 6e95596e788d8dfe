import { type Account, type Answer, type AuthorizationRequest, type Browser, type Client, type DeviceVisit, digest, find, type Form, isRefusal, parseForm, type Question, refuse, restart, resume, type Row, sameDigest, show, signIn, type SignedIn, waitingFor } from '@latchkey/core'
import { askingAt, finish, sessionDigest } from './endpoints/authorize.ts'
import type { Exchange } from './authorization-server.ts'
import { seeOther } from './http/answer.ts'
import { queryOf, readForm } from './http/form.ts'
import { gather } from './gather.ts'
import { drawSecret } from './ports/random.ts'
import { accept } from './refused.ts'
import { settle } from './settle.ts'

interface WaitingHere {
  /** The hidden fields that the page's form must carry. */
  readonly fields: readonly (readonly [string, string])[]
  /** Who is signed in with this browser, if anybody is. */
  readonly account: Account | undefined
}

/** An authorization request that waits for its user, as a page needs it. */
export interface WaitingRequest extends WaitingHere {
  readonly kind: 'authorization'
  readonly request: AuthorizationRequest
  readonly client: Client
}

/** A user who came to let a device in: by which client is known once the user code is. */
export interface WaitingDevice extends WaitingHere {
  readonly kind: 'device'
  readonly request: DeviceVisit
  readonly client: Client | undefined
}

/** What waits for a user. */
export type Waiting = WaitingRequest | WaitingDevice

/** The form of a page, sent by the browser that was asked. */
export type Submitted = Waiting & { readonly form: Form }

/** What an application's own pages can do with an interaction. Each ends in a refusal page when the interaction does not wait for this browser. */
export interface Interactions {
  /** What waits, for the page that asks. */
  open(exchange: Exchange): Promise<Waiting>
  /** What waits, and what the user sent: only from our page and this browser. */
  submitted(exchange: Exchange): Promise<Submitted>
  /** The user proved who they are: begins a session and goes on. */
  signIn(exchange: Exchange, user: SignedIn): Promise<Response>
  /** The user answered. `none` goes on with what is known. */
  answer(exchange: Exchange, answer: Answer): Promise<Response>
  /** The address of the page that asks this question about the same interaction. */
  askAgain(exchange: Exchange, question: Question): Response
}

/** What waits, as it stands, shown to nobody. */
export async function peek(exchange: Exchange): Promise<Waiting> {
  return waiting(await gathered(exchange), exchange)
}

/** The interactions of a server. */
export const interactions: Interactions = {
  async open(exchange) {
    const known = await gathered(exchange)
    // A form can be sent twice by a double click, but a page that is opened again, as by going back, has nothing left to ask.
    if (known.interaction.authorization !== undefined) accept(refuse('interaction_unknown', { client_id: known.client?.client_id }))
    const { consentAskedOf } = known.interaction
    if (consentAskedOf !== undefined && known.account !== undefined && consentAskedOf !== known.account.sub) accept(await settle(show(digest(handleOf(exchange)), browserOf(exchange)), exchange.server))
    return waiting(known, exchange)
  },
  async submitted(exchange) {
    const { http } = exchange
    const site = http.headers.get('sec-fetch-site')
    if (site !== null && site !== 'same-origin' && site !== 'none') accept(refuse('interaction_forged', { site }))
    const form = accept(await readForm(http))
    const known = await gathered(exchange)
    if (!sameDigest(form.one('csrf') ?? '', formToken(exchange))) accept(refuse('interaction_forged', { client_id: known.client?.client_id }))
    return { ...waiting(known, exchange), form }
  },
  async signIn(exchange, user) {
    const { server } = exchange
    const cookie = drawSecret(server.random)
    const begun = accept(await settle(signIn(user, digest(handleOf(exchange)), browserOf(exchange), digest(cookie), server.sessionLifetime), server))
    const set = server.cookies.write('session', cookie, begun.expiresAt - server.clock())
    return goOn(exchange, 'none', { ...browserOf(exchange), session: digest(cookie) }, [set])
  },
  answer: (exchange, answer) => goOn(exchange, answer, browserOf(exchange), []),
  askAgain: (exchange, question) => seeOther(askingAt(exchange.server.pages.path(question), handleOf(exchange), exchange.server.catalogue.issuer)),
}

async function goOn(exchange: Exchange, answer: Answer, browser: Browser, cookies: readonly string[]): Promise<Response> {
  const { server } = exchange
  const { interaction, client } = await gathered(exchange)
  const { request } = interaction
  const secret = handleOf(exchange)
  if ('kind' in request || client === undefined) return seeOther(askingAt(server.pages.path('device'), secret, server.catalogue.issuer), cookies)
  const parties = { client, catalogue: server.catalogue }
  const decision = accept(await settle(resume({ secret, key: digest(secret) }, parties, browser, answer), server))
  if (decision.kind === 'minted') return finish(decision, request, exchange, cookies)
  return seeOther(askingAt(server.pages.path(decision.question), secret, server.catalogue.issuer), cookies)
}

interface Gathered {
  readonly interaction: Row<'interaction'>
  readonly client: Client | undefined
  readonly account: Account | undefined
}

async function gathered(exchange: Exchange): Promise<Gathered> {
  const { server } = exchange
  const browser = browserOf(exchange)
  const needs = { interaction: find('interaction', digest(handleOf(exchange))), session: find('session', browser.session ?? ''), account: { need: 'account', via: 'session' } } as const
  const known = await gather(needs, server)
  const waits = waitingFor(known.interaction, browser, server.clock())
  if (isRefusal(waits) && waits.key === 'interaction_expired') {
    accept(await settle(restart(digest(handleOf(exchange)), browser), server))
    return gathered(exchange)
  }
  const interaction = accept(waits)
  const client = await server.clients.find(interaction.request.client_id ?? '')
  const live = known.session !== undefined && known.session.expiresAt > server.clock()
  return { interaction, client, account: live ? known.account : undefined }
}

function waiting({ interaction, client, account }: Gathered, exchange: Exchange): Waiting {
  const { request } = interaction
  const fields = [['csrf', formToken(exchange)]] as const
  if ('kind' in request) return { kind: 'device', fields, account, request, client }
  return { kind: 'authorization', fields, account, request, client: client ?? accept<Client>(refuse('authorize_client_unknown')) }
}

/** The handle of the interaction that a page is about. */
export function handleOf({ http }: Exchange): string {
  const query = accept(parseForm(queryOf(http)))
  return query.one('interaction') ?? accept<string>(refuse('interaction_unknown'))
}

/** Which browser sends a request. */
export function browserOf(exchange: Exchange): Browser {
  return { browser: digest(exchange.server.cookies.read(exchange.http, 'browser') ?? ''), session: sessionDigest(exchange) }
}

/** What only a page of ours, shown to this browser for this interaction, can send. @spec RFC 6819 §4.4.1.8 */
function formToken(exchange: Exchange): string {
  const browser = exchange.server.cookies.read(exchange.http, 'browser') ?? ''
  return exchange.server.keys.seal(`form ${browser} ${handleOf(exchange)}`)
}
