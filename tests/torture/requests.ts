import { memoryStore } from '@latchkey/server/testing'
import { asking, authorizeUrl, browserFor, codeOf } from '../../packages/server/test/browser.ts'
import { askedBy, DEVICE_CLIENTS, deviceIssuer, visiting } from '../../packages/server/test/devices.ts'
import { ISSUER, type Issuer, START, WEB_SECRET } from '../../packages/server/test/issuer.ts'
import { PUBLIC, registered } from '../../packages/server/test/registrant.ts'
import { pushed, REQUESTING, requestObject } from '../../packages/server/test/requests.ts'
import { basic, redeeming, refreshing, SERVICE, signedIn, WEB } from '../../packages/server/test/tokens.ts'
import { bringingAssertion, SIGNING_CLIENT } from '../running/assertions.ts'
import { drawFrom, type Field, mutated, requestOf, type Written } from './mutations.ts'
import type { Told } from './report.ts'

/** A server that has been used for so long is exchanged for a new one. */
const REQUESTS_A_SERVER = 2_000

/** What mutated requests came to. */
export interface RequestLine {
  readonly seed: number
  readonly sent: number
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>
  readonly longest: number
  /** Requests that were answered 5xx or not at all, as far as there is room. */
  readonly wrong: readonly string[]
}

/** A server with every endpoint on, which calls nobody. */
export function wholeIssuer(): Issuer {
  return deviceIssuer({
    store: memoryStore(),
    clock: () => START,
    algorithms: ['ES256'],
    clients: [...REQUESTING, ...DEVICE_CLIENTS, SIGNING_CLIENT],
    registration: { access: 'open' },
    outbound: () => Promise.reject(new Error('there is nobody')),
  })
}

const fields = (values: Readonly<Record<string, string | undefined>>): readonly Field[] => Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)
const FORM: Field = ['content-type', 'application/x-www-form-urlencoded']
const post = (path: string, form: Readonly<Record<string, string | undefined>>, headers: readonly Field[] = []): Written => ({ method: 'POST', path, query: [], form: fields(form), headers: [FORM, ...headers] })
const visit = (path: string, query: Readonly<Record<string, string | undefined>> = {}, headers: readonly Field[] = []): Written => ({ method: 'GET', path, query: fields(query), form: [], headers })

/** A valid request to each endpoint, in each manner. */
export async function corpusOf(issuer: Issuer): Promise<readonly Written[]> {
  const browser = browserFor(issuer)
  const tokens = await signedIn(issuer, {}, browser)
  const { device_code } = await askedBy(issuer)
  const bearer: Field = ['authorization', `Bearer ${tokens.access_token}`]
  const page = await browser.open(authorizeUrl(asking({ prompt: 'consent' })))
  const device = await visiting(issuer, 'alice', browser)
  const logout = await browser.open(`${ISSUER}/end_session`)
  const cookie: Field = ['cookie', [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')]
  const assertion = new URLSearchParams(await (await bringingAssertion())().text())
  const client = await registered(issuer, PUBLIC)
  const json: Field = ['content-type', 'application/json']
  const shown = ({ url, fields: hidden }: typeof page, more: Readonly<Record<string, string>>): Written => ({ ...post(new URL(url).pathname, { ...hidden, ...more }, [cookie]), query: [...new URL(url).searchParams] })
  return [
    visit('/authorize', asking(), [cookie]),
    visit('/authorize', asking({ prompt: 'none', max_age: '10', claims: '{"userinfo":{"email":{"essential":true}}}', ui_locales: 'de en', acr_values: 'x', login_hint: 'alice', id_token_hint: tokens.id_token, resource: 'https://api.example.com' }), [cookie]),
    visit('/authorize', { client_id: 'signer', request: await requestObject('signer'), scope: 'openid', response_type: 'code' }, [cookie]),
    visit('/authorize', { client_id: 'spa', request_uri: await pushed(issuer, asking()) }, [cookie]),
    post('/authorize', asking({ response_mode: 'form_post' }), [cookie]),
    visit('/authorize', asking({ client_id: 'hybrid', response_type: 'code id_token', redirect_uri: 'https://rp.example/cb', response_mode: 'fragment' }), [cookie]),
    shown(page, { decision: 'allow' }),
    shown(device.page, { user_code: 'BCDF-GHJK' }),
    shown(logout, { decision: 'deny' }),
    visit('/login', { interaction: 'x' }, [cookie]),
    post('/par', asking()),
    post('/par', { request: await requestObject('signer') }, fields(basic('signer', WEB_SECRET))),
    post('/token', redeeming(await codeOf(browser))),
    post('/token', refreshing(tokens.refresh_token)),
    post('/token', { grant_type: 'client_credentials', scope: 'api', resource: 'https://api.example.com' }, fields(SERVICE)),
    post('/token', Object.fromEntries(assertion)),
    post('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code, client_id: 'tv' }),
    post('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: tokens.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, fields(WEB)),
    post('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: tokens.id_token }, fields(WEB)),
    post('/device_authorization', { client_id: 'tv', scope: 'openid' }),
    post('/introspect', { token: tokens.access_token, token_type_hint: 'access_token' }, fields(WEB)),
    visit('/userinfo', {}, [bearer]),
    post('/userinfo', { access_token: tokens.access_token }),
    post('/revoke', { token: tokens.refresh_token, client_id: 'spa' }),
    visit('/end_session', { id_token_hint: tokens.id_token, client_id: 'spa', state: 's', post_logout_redirect_uri: 'https://spa.example/' }, [cookie]),
    visit('/jwks'),
    visit('/.well-known/openid-configuration'),
    { ...post('/register', {}, []), headers: [json], body: JSON.stringify({ ...PUBLIC, client_name: 'x', contacts: ['a@example.com'], scope: 'openid', default_max_age: 10 }) },
    { ...visit(new URL(client.registration_client_uri).pathname, {}, [['authorization', `Bearer ${client.registration_access_token}`]]), query: [...new URL(client.registration_client_uri).searchParams] },
  ]
}

/** Sends so many requests that are almost right, and looks for what the server can not answer. */
export async function fuzzRequests(count: number, seed: number, tell: Told, serverOf: () => Issuer = wholeIssuer): Promise<RequestLine> {
  const draw = drawFrom(seed)
  const statuses: Record<string, number> = {}
  const wrong: string[] = []
  let longest = 0
  let sent = 0
  while (sent < count) {
    const issuer = serverOf()
    const corpus = await corpusOf(issuer)
    for (let used = 0; used < REQUESTS_A_SERVER && sent < count; used++) {
      const written = mutated(corpus[draw(corpus.length)] ?? visit('/'), corpus, draw)
      const request = requestOf(written, ISSUER)
      if (request === undefined) continue
      sent++
      const since = performance.now()
      const status = await issuer.send(request).then(answered, (fault: unknown) => `threw ${String(fault)}`)
      longest = Math.max(longest, performance.now() - since)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (!/^[234]/.test(status) && wrong.length < 20) wrong.push(`${status}: ${JSON.stringify(written).slice(0, 1_500)}`)
    }
    if (sent % (REQUESTS_A_SERVER * 10) === 0) tell(`${sent} of ${count} requests, the longest ${longest.toFixed(0)} ms; ${JSON.stringify(statuses)}`)
  }
  return { seed, sent, statuses, longest, wrong }
}

async function answered(answer: Response): Promise<string> {
  await answer.arrayBuffer()
  return String(answer.status)
}
