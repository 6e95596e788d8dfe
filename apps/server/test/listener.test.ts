import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Application, arrivals } from '../src/listener/arrivals.ts'
import { listen, PATIENCE } from '../src/listener/listen.ts'
import { refusing } from '../src/listener/refusing.ts'
import { siteOf } from '../src/http/site.ts'
import { browserAt } from './browser.ts'
import { serving, stopAll } from './serving.ts'
import { connected, received, sent } from './wire.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

const PAGE = { accept: 'text/html,application/xhtml+xml' }
/** A busy machine takes its time. */
const PATIENT = { timeout: 20_000 }
const memory = ['--store', 'memory:']
const refusals = (log: readonly Record<string, unknown>[]) => log.flatMap(({ key }) => (key === undefined ? [] : [key]))

async function expectSafe(answer: { headers: Headers }, body: string): Promise<void> {
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('trace-id')).toMatch(/^[\w-]{27}$/)
  expect(body).not.toMatch(/node:|\.ts:|HPE_|ERR_|\n\s+at /)
}

describe('what is too large', () => {
  it('Q05 A13 a long address is refused with 414, in JSON and as a page', async () => {
    const { origin, log } = await serving(memory)
    for (const length of [9_000, 32_768, 40_000]) {
      const answer = await fetch(`${origin}/authorize?state=${'x'.repeat(length)}`)
      const text = await answer.text()
      expect([answer.status, JSON.parse(text)]).toEqual([414, { error: 'invalid_request', error_description: 'The address is too long.' }])
      await expectSafe(answer, text)
    }
    const page = await fetch(`${origin}/authorize?state=${'x'.repeat(9_000)}`, { headers: PAGE })
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([414, 'text/html; charset=utf-8', expect.stringContaining('The address is too long.')])
    expect(refusals(log())).toEqual(Array(4).fill('uri_too_long'))
  })

  it('A13 a state of 2,048 characters passes, one of 100,000 is refused with 431 by the listener, and the application hears of neither', async () => {
    const { origin, log } = await serving(memory)
    expect((await fetch(`${origin}/authorize?client_id=spa&state=${'x'.repeat(2_048)}`)).status).toBe(400)
    expect(refusals(log())).toEqual(['redirect_uri_missing'])
    const answer = await fetch(`${origin}/authorize?client_id=spa&state=${'x'.repeat(100_000)}`, { headers: PAGE })
    const text = await answer.text()
    expect([answer.status, answer.headers.get('connection')]).toEqual([431, 'close'])
    await expectSafe(answer, text)
    await vi.waitFor(() => expect(refusals(log())).toEqual(['redirect_uri_missing', 'headers_too_large']), PATIENT)
  })

  it.each([
    ['64 KB of one header', { 'x-large': 'x'.repeat(65_536) }],
    ['20 KB of one header', { 'x-large': 'x'.repeat(20_000) }],
    ['200 cookies', { cookie: Array.from({ length: 200 }, (_, at) => `c${at}=1`).join('; ') }],
    ['CA05 a Basic header of 100 KB', { authorization: `Basic ${'A'.repeat(100_000)}` }],
  ])('Q05 %s is refused with 431 and a page that tells how to recover', async (_, headers) => {
    const { origin, log } = await serving(memory)
    const answer = await fetch(`${origin}/authorize`, { headers: { ...headers, ...PAGE } })
    const text = await answer.text()
    expect([answer.status, answer.headers.get('location'), answer.headers.get('content-security-policy')]).toEqual([431, null, expect.stringContaining("frame-ancestors 'none'")])
    expect(text).toContain(`delete the cookies of ${new URL(origin).host.replace(/:.*/, '')}`)
    await expectSafe(answer, text)
    expect(text).toContain(answer.headers.get('trace-id'))
    await vi.waitFor(() => expect(refusals(log())).toEqual(['headers_too_large']), PATIENT)
  })

  it('Q05 speaks JSON to programs, and the language of the reader to people', async () => {
    const { origin, port } = await serving(memory)
    const json = await fetch(`${origin}/token`, { method: 'POST', headers: { 'x-large': 'x'.repeat(20_000), accept: 'application/json' } })
    expect([json.status, await json.json()]).toEqual([431, { error: 'invalid_request', error_description: expect.stringContaining('delete the cookies') }])
    const beyond = await sent(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(66_000)}\r\nAccept: application/json\r\n\r\n`)
    expect([beyond.status, beyond.headers.get('content-type')]).toEqual([431, 'application/json'])
    const german = await fetch(origin, { headers: { ...PAGE, 'accept-language': 'de', 'x-large': 'x'.repeat(20_000) } })
    expect(await german.text()).toContain('Löschen Sie')
  })

  it('V06 fifty junk cookies are no obstacle', async () => {
    const { origin } = await serving(memory)
    const cookie = Array.from({ length: 50 }, (_, at) => `junk${at}=${'x'.repeat(200)}`).join('; ')
    expect((await fetch(origin, { headers: { cookie } })).status).toBe(200)
  })

  it('a large body is refused with 413, however its length is told', async () => {
    const { origin } = await serving(memory)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await fetch(`${origin}/token`, { method: 'POST', headers: form, body: 'x'.repeat(70_000) })).status).toBe(413)
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(10_000))) })
    const answer = await fetch(`${origin}/token`, { method: 'POST', headers: form, body: endless, duplex: 'half' } as RequestInit).then(({ status }) => status, () => 'connection closed')
    expect([413, 'connection closed']).toContain(answer)
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
  })
})

describe('what is no request', () => {
  it.each([
    ['words', 'hello there\r\n\r\n'],
    ['a version from elsewhere', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['a broken header', 'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n'],
    ['two lengths', 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a length beside chunks', 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['a target that is none', 'GET nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ])('%s is refused with 400 in our own words', async (_, text) => {
    const { port, log } = await serving(memory)
    const answer = await sent(port, text)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { error: 'invalid_request', error_description: 'The request can not be read.' }])
    expect(answer.body).not.toMatch(/HPE_|Parse Error/)
    await vi.waitFor(() => expect(refusals(log())).toEqual(['request_malformed']), PATIENT)
  })

  it('W06 another spelling of an address leads nowhere', async () => {
    const { port, log } = await serving(memory)
    const targets = ['/%2e%2e/token', '/%2E%2e/jwks', '/./jwks', '/x/../jwks', '/.well-known/../admin', '/.well-known/%2e%2e/jwks', '/jwks/.', '//jwks', '/jwks;x=1', '/JWKS', '/jwks%00', 'http://localhost/x/../jwks']
    for (const target of targets) {
      const { status } = await sent(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
      expect([target, status]).toEqual([target, 404])
    }
    expect(new Set(refusals(log()))).toEqual(new Set(['endpoint_unknown']))
    const { status, headers } = await sent(port, 'GET http://evil.example/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect([status, headers.get('trace-id')]).toEqual([200, expect.any(String)])
  })

  it('a body that breaks off is refused, and no fault of ours', async () => {
    const { port, log } = await serving(memory)
    const socket = await connected(port)
    socket.end('POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant_type=')
    await vi.waitFor(() => expect(refusals(log())).toEqual(['body_incomplete']), PATIENT)
    expect(log().filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})

describe('Q04, connections that dawdle', () => {
  const refuse = refusing(siteOf({ issuer: 'https://login.example.com' } as never), () => undefined)
  const answer = async (http: Request) => new Response(await http.text().catch(() => 'broken'))

  it('Q04 are closed within 15 seconds, with 408', async () => {
    expect(PATIENCE.request + PATIENCE.look).toBeLessThan(15_000)
    const listening = await listen({ answer, refuse }, { host: '127.0.0.1', port: 0 }, { request: 200, look: 50 })
    const port = Number(listening.address.split(':').at(-1))
    const slow = ['', 'G', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx']
    const answers = await Promise.all(slow.map(async (text) => {
      const socket = await connected(port)
      const all = received(socket)
      socket.write(text)
      return all
    }))
    expect(answers.map((text) => text.split('\r\n')[0])).toEqual(Array(4).fill('HTTP/1.1 408 Request Timeout'))
    expect(answers.every((text) => text.endsWith('{"error":"invalid_request","error_description":"The request took too long to arrive."}'))).toBe(true)
    await listening.stop()
  })
  it('names its refusals as the operator finds them', async () => {
    const keys: unknown[] = []
    const told = refusing(siteOf({ issuer: 'https://login.example.com' } as never), (event) => keys.push(event))
    expect((await told({ key: 'request_timeout', trace: 't', isRead: false, address: '192.0.2.7' })).status).toBe(408)
    expect(keys).toMatchObject([{ event: 'refused', key: 'request_timeout', trace: 't', endpoint: 'listener', facts: { address: '192.0.2.7' } }])
  })
})

describe('the application', () => {
  it('A13 Q05 never hears of what the listener refuses', async () => {
    const refuse = refusing(siteOf({ issuer: 'https://login.example.com' } as never), () => undefined)
    const application = vi.fn<Application>(() => new Response('answered'))
    const arrive = arrivals({ application, listen: { port: 0 }, refuse, requests: { events: () => undefined, begin: () => undefined, end: () => undefined } })
    const asked = (url: string, headers: Record<string, string> = {}) => arrive(new Request(`https://login.example.com${url}`, { headers }), { url, headers, rawHeaders: Object.entries(headers).flat(), socket: { remoteAddress: '192.0.2.7' } } as unknown as IncomingMessage)
    expect((await asked(`/authorize?state=${'x'.repeat(100_000)}`)).status).toBe(414)
    expect((await asked('/authorize', { 'x-large': 'x'.repeat(16_384) })).status).toBe(431)
    expect((await asked('/a/../authorize')).status).toBe(404)
    expect(application).not.toHaveBeenCalled()
    expect((await asked('/authorize', { 'x-large': 'x'.repeat(16_000) })).status).toBe(200)
    expect(application).toHaveBeenCalledExactlyOnceWith(expect.any(Request), { trace: expect.stringMatching(/^[\w-]{27}$/), address: '192.0.2.7' })
  })
})

describe('the log of requests', () => {
  it('RIG-6 has a line for each, with its trace and its client, and without query, header and body', async () => {
    const { origin, log } = await serving(memory)
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' })
    const secret = 'service-secret-for-the-demo-only-1'
    const tokens = await fetch(`${origin}/token`, { method: 'POST', body, headers: { authorization: `Basic ${btoa(`service:${secret}`)}` } })
    const wrong = await fetch(`${origin}/token`, { method: 'POST', body, headers: { authorization: `Basic ${btoa('service:wrong-secret')}` } })
    const page = await fetch(`${origin}/authorize?client_id=nobody&state=in-the-query`)
    await fetch(`${origin}/${'long'.repeat(100)}?in-the-query`)
    const lines = log().filter(({ msg }) => msg === 'request')
    expect(lines).toMatchObject([
      { level: 30, trace: tokens.headers.get('trace-id'), method: 'POST', path: '/token', status: 200, client_id: 'service', address: '127.0.0.1', ms: expect.any(Number) },
      { trace: wrong.headers.get('trace-id'), method: 'POST', path: '/token', status: 401, client_id: 'service' },
      { trace: page.headers.get('trace-id'), method: 'GET', path: '/authorize', status: 400 },
      { method: 'GET', path: `/${'long'.repeat(100)}`.slice(0, 200), status: 404 },
    ])
    for (const { trace } of lines.slice(1)) expect(log().filter((line) => line['trace'] === trace && line['key'] !== undefined)).toHaveLength(1)
    const { access_token } = (await tokens.json()) as { access_token: string }
    for (const unsaid of [secret, 'wrong-secret', 'in-the-query', access_token, btoa(`service:${secret}`)]) expect(JSON.stringify(log())).not.toContain(unsaid)
  })

  it('leaves out what programs ask all the time, unless everything is wanted', async () => {
    const ask = async (env: Record<string, string>) => {
      const { origin, log } = await serving(memory, { env })
      for (const at of ['/healthz', '/readyz', '/assets/latchkey.css', '/jwks']) await fetch(origin + at)
      return log().filter(({ msg }) => msg === 'request').map(({ path: at }) => at)
    }
    expect(await ask({})).toEqual(['/jwks'])
    expect(await ask({ LATCHKEY_LOG_LEVEL: 'debug' })).toEqual(['/healthz', '/readyz', '/assets/latchkey.css', '/jwks'])
  })

  it('names an address that failed to sign in', async () => {
    const { origin, log } = await serving(memory)
    const browser = browserAt(origin)
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const query = new URLSearchParams({ client_id: 'spa', response_type: 'code', redirect_uri: 'http://localhost:4701/callback', scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' })
    const at = (await browser.open(`/authorize?${query}`)).headers.get('location') ?? ''
    await browser.submit(await (await browser.open(at)).text(), { username: 'alice', password: 'wrong' })
    expect(log().find(({ msg }) => String(msg).startsWith('sign-in failed'))).toMatchObject({ address: '127.0.0.1', client_id: 'spa' })
  })
})
