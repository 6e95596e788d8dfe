import { type ClientMetadata, DEVICE_CODE } from '@latchkey/core'
import { type AuthorizationServerOptions, type Exchange, pageHeaders, type RunningServer, type WaitingDevice } from '@latchkey/server'
import { html } from 'hono/html'
import { type Browser, browserFor, type Page } from './browser.ts'
import { CLIENTS, ISSUER, type Issuer, testIssuer, WEB_SECRET } from './issuer.ts'
import { tokenRequest } from './tokens.ts'

const GRANTS = [DEVICE_CODE, 'refresh_token']
const SCOPE = 'openid profile offline_access api'

/** Clients on devices; `box` keeps a secret, and `rogue` is the attacker's. */
export const DEVICE_CLIENTS: readonly ClientMetadata[] = [
  { client_id: 'tv', client_name: 'TV <App>', token_endpoint_auth_method: 'none', grant_types: GRANTS, scope: SCOPE },
  { client_id: 'box', client_secret: WEB_SECRET, grant_types: GRANTS, scope: SCOPE },
  { client_id: 'rogue', token_endpoint_auth_method: 'none', grant_types: GRANTS, scope: SCOPE },
]

/** The test issuer, with devices and a page to let them in. */
export function deviceIssuer(options: Partial<AuthorizationServerOptions> = {}): Issuer {
  const issuer = testIssuer({ algorithms: ['ES256'], clients: [...CLIENTS, ...DEVICE_CLIENTS], ...options })
  const page = issuer.page('device', (exchange) => devicePage(exchange, issuer))
  return { ...issuer, send: (http) => (new URL(http.url).pathname === '/device' ? page(http) : issuer.send(http)) }
}

async function devicePage(exchange: Exchange, { devices, interactions }: RunningServer): Promise<Response> {
  if (exchange.http.method === 'POST') {
    const submitted = await devices.submitted(exchange)
    const decision = submitted.form.one('decision')
    if (submitted.kind !== 'device') return interactions.askAgain(exchange, 'consent')
    const outcome = decision === 'allow' || decision === 'deny' ? await devices.decide(exchange, decision) : await devices.enter(exchange, submitted.form.one('user_code') ?? '')
    if (outcome.kind === 'goes_on') return outcome.answer
    return outcome.kind === 'missed' ? shown(submitted, 'no such code', 400) : new Response(`decided: ${outcome.decision}`)
  }
  if (!devices.isVisiting(exchange)) return devices.visit(exchange)
  const page = await devices.open(exchange)
  return shown(page, page.device === undefined ? `type the code, perhaps ${page.request.user_code}` : `${page.client?.client_name} on ${page.device.seen} asks ${page.account?.sub} for ${page.device.scope.join(' ')}`)
}

function shown({ fields }: WaitingDevice, text: string, status = 200): Response {
  const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
  return new Response(String(html`<p>${text}</p><form method="post">${inputs}</form>`), { status, headers: pageHeaders("form-action 'self'") })
}

/** What a device is told when it asks to be let in. */
export interface Asked {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

export function deviceRequest(body: Readonly<Record<string, string>> = { client_id: 'tv' }, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`${ISSUER}/device_authorization`, { method: 'POST', body: new URLSearchParams(body), headers })
}

/** A device of the client `tv` asks to be let in. */
export async function askedBy(issuer: Issuer, body?: Readonly<Record<string, string>>): Promise<Asked> {
  return (await issuer.fetch(deviceRequest(body, { 'user-agent': 'TV/1.0 (Living Room)' }))).json() as Promise<Asked>
}

/** The device asks whether it has been let in. */
export function pollRequest(device_code: string, client_id = 'tv'): Request {
  return tokenRequest({ grant_type: DEVICE_CODE, device_code, client_id })
}

/** What a poll is answered: `issued`, or status and error. */
export async function polled(issuer: Issuer, device_code: string, client_id = 'tv'): Promise<string> {
  const answer = await issuer.fetch(pollRequest(device_code, client_id))
  return answer.status === 200 ? 'issued' : `${answer.status} ${((await answer.json()) as { error: string }).error}`
}

/** A browser at the device page, with this user signed in. */
export async function visiting(issuer: Issuer, sub = 'alice', browser: Browser = browserFor(issuer)): Promise<{ browser: Browser; page: Page }> {
  const page = await browser.open(`${ISSUER}/device`)
  if (new URL(page.url).pathname !== '/login') return { browser, page }
  const signedIn = await browser.submit(page, { username: sub })
  return { browser, page: await browser.open(String(signedIn.headers.get('location'))) }
}

/** The same, with the code entered: the page that asks for the decision. */
export async function entering(issuer: Issuer, user_code: string, sub = 'alice'): Promise<{ browser: Browser; page: Page }> {
  const { browser, page } = await visiting(issuer, sub)
  const answer = await browser.submit(page, { user_code })
  return { browser, page: await browser.open(String(answer.headers.get('location'))) }
}
