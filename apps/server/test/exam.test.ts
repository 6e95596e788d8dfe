import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConfiguration } from '../src/config/load.ts'
import { browserAt } from './browser.ts'
import { certificateFor, writePair } from './certificates.ts'
import { serving, stopAll } from './serving.ts'
import { STANDARD_CLAIMS } from './standard-claims.ts'
import { emptyFolder, ran } from './terminal.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

const REDIRECT = 'https://localhost.emobix.co.uk:8443/test/a/latchkey/callback'
const BASIC = { authorization: `Basic ${btoa('exam-1:exam-secret-one-that-everybody-knows-0001')}` }

async function examFolder() {
  const cwd = emptyFolder()
  copyFileSync(fileURLToPath(new URL('../exam/latchkey.config.yaml', import.meta.url)), path.join(cwd, 'latchkey.config.yaml'))
  const pair = await certificateFor({ keyType: 'rsa' })
  writePair(cwd, pair)
  return { cwd, ca: pair.cert }
}

/** Sends requests to this machine by https, trusting one authority. */
function trusting(ca: string): (http: Request) => Promise<Response> {
  return async (http) => {
    const body = await http.text()
    return new Promise((resolve, reject) => {
      const sent = request(http.url, { method: http.method, headers: Object.fromEntries(http.headers), ca, agent: false }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += String(chunk)))
        answer.on('end', () => resolve(new Response(text === '' ? null : text, { status: answer.statusCode ?? 0, headers: answer.rawHeaders.flatMap((name, at, all): [string, string][] => (at % 2 === 0 ? [[name, all[at + 1] ?? '']] : [])) })))
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
}

describe('RIG, the server for a test of conformance', () => {
  it('RIG-1 RIG-3 AUTHZ-15 signs its user in by plain forms, over its own certificate, and tells all nineteen claims', async () => {
    const { cwd, ca } = await examFolder()
    const { origin, port, log } = await serving(['--issuer', 'https://localhost:4443'], { cwd, scheme: 'https' })
    const send = trusting(ca)
    const here = (http: Request) => send(new Request(http.url.replace('https://localhost:4443', `https://localhost:${port}`), http))
    const browser = browserAt(origin, here)
    const query = new URLSearchParams({ client_id: 'exam-1', response_type: 'code', redirect_uri: REDIRECT, scope: 'openid profile email address phone', state: 's', nonce: 'n' })
    const asked = await browser.open(`/authorize?${query}`)
    const login = await (await browser.open(asked.headers.get('location') ?? '')).text()
    expect(login).not.toContain('<script')
    const consentAt = (await browser.submit(login, { username: 'exam', password: 'exam-password' })).headers.get('location') ?? ''
    const consent = await (await browser.open(consentAt)).text()
    expect(consent).not.toContain('<script')
    const back = new URL((await browser.submit(consent, { decision: 'allow' })).headers.get('location') ?? '')
    expect([back.origin + back.pathname, back.searchParams.get('iss')]).toEqual([REDIRECT, 'https://localhost:4443'])
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT })
    const { access_token } = (await (await send(new Request(`${origin}/token`, { method: 'POST', headers: BASIC, body }))).json()) as { access_token: string }
    const claims = (await (await send(new Request(`${origin}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } }))).json()) as object
    expect(Object.keys(claims).toSorted()).toEqual([...STANDARD_CLAIMS, 'sub'].toSorted())
    expect(log().filter(({ msg }) => msg === 'request').map((line) => [line['method'], line['path'], line['client_id']])).toEqual([
      ['GET', '/authorize', undefined], ['GET', '/login', undefined], ['POST', '/login', undefined], ['GET', '/consent', undefined], ['POST', '/consent', 'exam-1'], ['POST', '/token', 'exam-1'], ['GET', '/userinfo', 'exam-1'],
    ])
  })

  it('RIG-3 lets its user cancel', async () => {
    const { cwd, ca } = await examFolder()
    const { origin, port } = await serving([], { cwd, scheme: 'https' })
    const browser = browserAt(origin, (http) => trusting(ca)(new Request(http.url.replace(':4443', `:${port}`), http)))
    const query = new URLSearchParams({ client_id: 'exam-2', response_type: 'code id_token', redirect_uri: REDIRECT, scope: 'openid', nonce: 'n' })
    const login = await (await browser.open((await browser.open(`/authorize?${query}`)).headers.get('location') ?? '')).text()
    const back = new URL((await browser.submit(login, { decision: 'deny' })).headers.get('location') ?? '')
    expect(back.hash).toContain('error=access_denied')
  })

  it('RIG-2 is warned of, by check and in the log, and its clients may be on this machine', async () => {
    const { cwd } = await examFolder()
    const { out, code } = await ran(['check'], { cwd })
    expect([code, out]).toEqual([0, expect.stringContaining('exam.dangerouslyAllowLoopback lets clients make this server call programs on its own machine')])
    expect((await ran(['check', '--strict'], { cwd })).code).toBe(1)
    const { log } = await serving([], { cwd })
    expect(log().filter(({ level, path: at }) => level === 40 && String(at).startsWith('exam.')).map((line) => line['path'])).toEqual(['exam.dangerouslyAllowLoopback'])
    expect(await loadConfiguration({}, {}, cwd)).toMatchObject({ configuration: { outbound: { dangerouslyAllowLoopback: ['localhost.emobix.co.uk:8443', 'localhost:8443'] } } })
  })

  it('RIG-4 has its keys rotated by whoever has the token, and what they signed before stays good', async () => {
    const cwd = emptyFolder()
    const token = 'a-token-for-the-exam-that-is-long-enough'
    const client = { client_id: 'service', client_secret: 'a-secret-of-the-exam-that-is-long-enough', grant_types: ['client_credentials'], scope: 'api' }
    const written = { issuer: 'http://localhost:4443', store: 'memory:', scopes: [{ name: 'api' }], clients: [client], resources: [{ resource: 'https://api.example.com', scopes: ['api'] }] }
    writeFileSync(path.join(cwd, 'latchkey.config.json'), JSON.stringify({ ...written, exam: { dangerouslyRotateKeysToken: token } }))
    expect((await ran(['check'], { cwd })).out).toContain('exam.dangerouslyRotateKeysToken lets whoever has the token rotate the signing keys over HTTP')
    const { origin, log } = await serving([], { cwd })
    const published = async () => ((await (await fetch(`${origin}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
    const signer = async () => {
      const answer = await fetch(`${origin}/token`, { method: 'POST', headers: { authorization: `Basic ${btoa(`service:${client.client_secret}`)}` }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) })
      const [header = ''] = ((await answer.json()) as { access_token: string }).access_token.split('.')
      return (JSON.parse(atob(header)) as { kid: string }).kid
    }
    const rotate = (authorization?: string, method = 'POST') => fetch(`${origin}/exam/keys/rotate`, { method, headers: authorization === undefined ? {} : { authorization } })
    const before = [await published(), await signer()] as const
    for (const authorization of [undefined, 'Bearer', `Bearer ${token}x`, `Basic ${token}`]) {
      const refused = await rotate(authorization)
      expect([refused.status, refused.headers.get('www-authenticate'), await refused.json()]).toEqual([401, 'Bearer error="invalid_token"', { error: 'invalid_token' }])
    }
    expect([(await rotate(`Bearer ${token}`, 'GET')).status, await published(), await signer()]).toEqual([404, ...before])
    const answer = await rotate(`Bearer ${token}`)
    const { keys } = (await answer.json()) as { keys: { kid: string; state: string }[] }
    const [kids, signing] = [await published(), await signer()]
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(keys.map(({ kid }) => kid).toSorted()).toEqual(kids.toSorted())
    expect(kids).toEqual(expect.arrayContaining(before[0]))
    expect(before[0]).not.toContain(signing)
    expect(keys.find(({ kid }) => kid === before[1])?.state).toBe('retired')
    expect(log().some(({ msg, level }) => msg === 'signing keys rotated over HTTP' && level === 40)).toBe(true)
  })

  it('RIG-4 is not there on a server that is not told its token', async () => {
    const { origin } = await serving()
    expect((await fetch(`${origin}/exam/keys/rotate`, { method: 'POST', headers: { authorization: 'Bearer undefined' } })).status).toBe(404)
  })

  it('RIG-2 is nothing that a server does unless it is told', async () => {
    expect(await loadConfiguration({}, {}, emptyFolder())).toMatchObject({ configuration: { outbound: { dangerouslyAllowLoopback: [] } } })
  })
})

describe('the blocks of configuration on the pages', () => {
  const blocksOf = (page: string) => [...readFileSync(fileURLToPath(new URL(`../../../docs/${page}`, import.meta.url)), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

  it.each(['network.md', 'conformance-suite.md'].flatMap((page) => blocksOf(page).map((text, at) => [page, at + 1, text] as const)))('%s, block %i can stand', async (_, __, text) => {
    const cwd = emptyFolder()
    const pair = await certificateFor({ host: 'login.example.com' })
    writePair(cwd, pair)
    writeFileSync(path.join(cwd, 'company-ca.crt'), pair.cert)
    writeFileSync(path.join(cwd, 'latchkey.config.yaml'), `${text.includes('issuer:') ? '' : 'issuer: https://login.example.com\n'}store: "memory:"\n${text}`)
    expect(await loadConfiguration({}, {}, cwd)).toMatchObject({ configuration: { issuer: 'https://login.example.com' } })
  })
})
