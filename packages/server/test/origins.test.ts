import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, returned } from './browser.ts'
import { ISSUER, testIssuer } from './issuer.ts'
import { tokenRequest } from './tokens.ts'

const SPA = 'https://spa.example'
const FOREIGN = ['https://evil.example', 'null', 'https://spa.example.evil.example', 'https://sub.spa.example', 'http://spa.example', 'https://spa.example:8443', 'HTTPS://SPA.EXAMPLE', '*', '']
const SCRIPTS = ['/token', '/userinfo', '/revoke', '/device_authorization', '/jwks', '/.well-known/openid-configuration']
const NO_SCRIPTS = ['/authorize', '/introspect', '/login', '/consent', '/nowhere']

function corsOf(answer: Response): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control')))
}

describe('A19 W, scripts of other origins', () => {
  const issuer = testIssuer()
  const preflight = (path: string, origin: string) => issuer.send(new Request(ISSUER + path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' } }))

  it.each(SCRIPTS)('%s allows a registered origin to ask, without cookies', async (path) => {
    const answer = await preflight(path, SPA)
    expect([answer.status, corsOf(answer)]).toEqual([204, {
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
      'access-control-allow-methods': path === '/userinfo' ? 'GET, POST' : /jwks|well-known/.test(path) ? 'GET' : 'POST',
      'access-control-allow-origin': SPA,
      'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Trace-Id, Retry-After, Date',
      'access-control-max-age': '600',
    }])
  })
  it.each(SCRIPTS)('%s answers the preflight of any other origin without a CORS header', async (path) => {
    for (const origin of FOREIGN) {
      const answer = await preflight(path, origin)
      expect([answer.status, corsOf(answer), answer.headers.get('vary')]).toEqual([204, {}, 'Origin'])
    }
  })
  it.each(NO_SCRIPTS)('A19 %s has no CORS header for anybody', async (path) => {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      for (const origin of [SPA, 'https://evil.example']) expect(corsOf(await issuer.send(new Request(ISSUER + path, { method, headers: { origin } })))).toEqual({})
    }
  })
  it('lets a registered origin read refusals too, with their trace', async () => {
    for (const [path, init] of [['/userinfo', {}], ['/token', { method: 'POST' }]] as const) {
      const answer = await issuer.fetch(new Request(ISSUER + path, { ...init, headers: { origin: SPA } }))
      expect(corsOf(answer)).toEqual({ 'access-control-allow-origin': SPA, 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Trace-Id, Retry-After, Date' })
    }
  })
  it('never allows credentials, and never any origin but for what everybody may read', async () => {
    const forEverybody = new Set<string>()
    for (const path of [...SCRIPTS, ...NO_SCRIPTS]) {
      for (const origin of [SPA, ...FOREIGN]) {
        const answer = await issuer.send(new Request(ISSUER + path, { headers: { origin } }))
        expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
        if (answer.headers.get('access-control-allow-origin') === '*') forEverybody.add(path)
      }
    }
    expect([...forEverybody]).toEqual(['/jwks', '/.well-known/openid-configuration'])
  })
})

describe('V06, cookies', () => {
  const nameOf = (answer: Response) => (answer.headers.getSetCookie()[0] ?? '').split('=')[0] ?? ''
  const asked = (issuer: string) => testIssuer({ issuer }).fetch(new Request(authorizeUrl(asking(), '', issuer)))

  it('of two issuers on one host have other names, whichever port or path tells them apart', async () => {
    const issuers = ['https://as.example', 'https://as.example/one', 'https://as.example/two', 'https://as.example:8443', 'https://as.example:8443/one', 'http://localhost:4700', 'http://localhost:4800']
    const names = await Promise.all(issuers.map(async (issuer) => nameOf(await asked(issuer))))
    expect(new Set(names).size).toBe(issuers.length)
    expect(names.slice(0, 5).every((name) => name.startsWith('__Host-latchkey-'))).toBe(true)
    expect(names[0]).toBe('__Host-latchkey-browser')
  })
  it('of one issuer mean nothing to another on the same store', async () => {
    const one = testIssuer({ issuer: 'https://as.example/one' })
    const other = testIssuer({ issuer: 'https://as.example/two', store: one.store })
    const browser = browserFor(one)
    expect(returned(await browser.authorize(asking())).code).toBeTruthy()
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const silent = (issuer: typeof one, at: string) => issuer.fetch(new Request(authorizeUrl(asking({ prompt: 'none' }), '', at), { headers: { cookie } }))
    expect(returned(await silent(one, 'https://as.example/one')).code).toBeTruthy()
    expect(returned(await silent(other, 'https://as.example/two')).error).toBe('login_required')
  })
  it('V06 of others, fifty of them and one of our name, do not keep a user out', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    for (let at = 0; at < 50; at++) browser.cookies.set(`junk-${at}`, 'x'.repeat(100))
    browser.cookies.set('latchkey-session', 'A'.repeat(43))
    expect(returned(await browser.authorize(asking())).code).toBeTruthy()
  })
  it('V06 of our name with another value fail closed', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await browser.authorize(asking())
    for (const planted of ['A'.repeat(43), 'short', '', '%00', 'A'.repeat(42) + '%']) {
      const cookie = `__Host-latchkey-session=${planted}; ${[...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')}`
      const answer = await issuer.fetch(new Request(authorizeUrl(asking({ prompt: 'none' })), { headers: { cookie } }))
      expect([answer.status, returned(answer).error]).toEqual([303, 'login_required'])
    }
  })
  it('T19 are not asked for at the token endpoint', async () => {
    const answer = await testIssuer().fetch(tokenRequest({ grant_type: 'client_credentials' }, { cookie: '__Host-latchkey-session=x', origin: SPA }))
    expect(answer.headers.getSetCookie()).toEqual([])
  })
})
