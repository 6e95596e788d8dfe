import { among, decideLogout, digest, type EndSessionRequest, frontChannelAddress, type IdTokenHint, type LogoutDelivery, type LogoutStep, type LogoutVisit, logoutVisit, parseForm, postLogoutLocation, refuse, requestLogout, sectorOf } from '@latchkey/core'
import type { AuthorizationServer, Exchange } from './authorization-server.ts'
import { deliverDue } from './back-channel.ts'
import { askingAt, sessionDigest } from './endpoints/authorize.ts'
import { seeOther, withCookies } from './http/answer.ts'
import { BROWSER_COOKIE_LIFETIME } from './http/cookies.ts'
import { queryOf } from './http/form.ts'
import { plainLoggedOutPage } from './http/logged-out-page.ts'
import { browserOf, handleOf, interactions, type Submitted, type WaitingLogout } from './interactions.ts'
import type { LogoutOutcome } from './ports/interaction.ts'
import { drawSecret } from './ports/random.ts'
import { reached } from './reached.ts'
import { accept } from './refused.ts'
import { closeSession } from './session-end.ts'
import { settle } from './settle.ts'
import { sessionIn } from './subjects.ts'

/** What an application's own logout page can do, and what became of telling clients. */
export interface Logouts {
  /** Whether the address names a logout that waits for an answer. If not, {@link Logouts.begin} asks. */
  isPending(exchange: Exchange): boolean
  /** Somebody came to the page by themselves: asks whoever is signed in. */
  begin(exchange: Exchange): Promise<Response>
  open(exchange: Exchange): Promise<WaitingLogout>
  submitted(exchange: Exchange): Promise<Submitted>
  /** The user answered: ends the session that they were asked about, or leaves it. */
  decide(exchange: Exchange, decision: 'allow' | 'deny'): Promise<Response>
  /** Tells clients once more that could not be told before, as far as they are due; answers how many attempts were made. For a timer, on every node. */
  deliver(): Promise<number>
  /** Clients that could not be told of a logout yet, or at all, in the last day. */
  report(): Promise<readonly LogoutDelivery[]>
}

/** The logouts of a server, once it has begun. */
export function logoutsOf(begun: () => Promise<AuthorizationServer>): Logouts {
  return {
    isPending: ({ http }) => accept(parseForm(queryOf(http))).one('interaction') !== undefined,
    begin: (exchange) => beginLogout(UNASKED, undefined, exchange),
    async open(exchange) {
      const waiting = await interactions.open(exchange)
      return waiting.kind === 'logout' ? waiting : accept<WaitingLogout>(refuse('interaction_unknown'))
    },
    submitted: (exchange) => interactions.submitted(exchange),
    async decide(exchange, decision) {
      const handle = handleOf(exchange)
      return answerStep(accept(await settle(decideLogout(digest(handle), browserOf(exchange), decision), exchange.server)), handle, exchange)
    },
    deliver: async () => deliverDue(await reached(begun)),
    async report() {
      const { store } = await reached(begun)
      const { waiting, failed } = await reached(() => store.gather({ waiting: among('logout_delivery', 'state', 'waiting'), failed: among('logout_delivery', 'state', 'failed') }))
      return [...waiting, ...failed].map(({ kind: _kind, key: _key, revision: _revision, ...delivery }) => delivery)
    },
  }
}

const UNASKED: EndSessionRequest = { id_token_hint: undefined, logout_hint: undefined, client_id: undefined, post_logout_redirect_uri: undefined, state: undefined, ui_locales: undefined }

/** A request to sign this browser out, by a client or by nobody. @spec OpenID Connect RP-Initiated Logout §2 */
export async function beginLogout(request: EndSessionRequest, hint: IdTokenHint | undefined, exchange: Exchange): Promise<Response> {
  const { http, server } = exchange
  const found = await server.clients.find(hint?.client_id ?? request.client_id ?? '')
  const client = found?.enabled === true ? found : undefined
  const browserSecret = server.cookies.read(http, 'browser') ?? drawSecret(server.random)
  const handle = drawSecret(server.random)
  const from = { browser: digest(browserSecret), session: sessionDigest(exchange) }
  const step = accept(await settle(requestLogout(logoutVisit(request, { client, hint }), hint, from, digest(handle), (sid) => (client === undefined ? sid : sessionIn(sectorOf(client), sid, server.keys))), server))
  return answerStep(step, handle, exchange, [server.cookies.write('browser', browserSecret, BROWSER_COOKIE_LIFETIME)])
}

async function answerStep(step: LogoutStep, handle: string, exchange: Exchange, known: readonly string[] = []): Promise<Response> {
  const { server } = exchange
  switch (step.kind) {
    case 'ask':
      return seeOther(askingAt(server.pages.path(step.question), handle, server.catalogue.issuer), known)
    case 'kept':
      return answerOutcome('kept', step.visit, [], exchange)
    case 'end':
      return signedOut(step.visit, step.sid, exchange)
    case 'signed_out':
      // A second click finds the session gone, and must show all the same what the first would have.
      return signedOut(step.visit, step.visit.sid, exchange)
  }
}

async function signedOut(visit: LogoutVisit, sid: string | undefined, exchange: Exchange): Promise<Response> {
  const { server } = exchange
  const told = sid === undefined ? [] : await closeSession(sid, server)
  const clients = await Promise.all(told.map((client_id) => server.clients.find(client_id)))
  const frames = clients.flatMap((client) => (client === undefined || sid === undefined ? [] : (frontChannelAddress(client, server.catalogue.issuer, sessionIn(sectorOf(client), sid, server.keys)) ?? [])))
  return withCookies(await answerOutcome('signed_out', visit, frames, exchange), forgetting(exchange))
}

/** The cookies that go, if the browser sent its session: an answer to a frame or image of another site must not take anything away. */
function forgetting({ http, server: { cookies } }: Exchange): readonly string[] {
  return cookies.read(http, 'session') === undefined ? [] : (['session', 'browser', 'state'] as const).map((name) => cookies.write(name, '', 0))
}

async function answerOutcome(outcome: LogoutOutcome['outcome'], visit: LogoutVisit, frames: readonly string[], { http, server, trace }: Exchange): Promise<Response> {
  const { client_id, returnTo, ui_locales } = visit
  const href = returnTo === undefined ? undefined : postLogoutLocation(returnTo)
  const isAutomatic = outcome === 'signed_out' && returnTo?.isProven === true
  if (isAutomatic && href !== undefined && frames.length === 0) return seeOther(href)
  const client = client_id === undefined ? undefined : await server.clients.find(client_id)
  const shown: LogoutOutcome = { outcome, client, href, isAutomatic, frames, ui_locales, trace, http }
  return (await server.pages.loggedOut?.(shown)) ?? plainLoggedOutPage(shown)
}
