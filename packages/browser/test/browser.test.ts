import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startIssuer, type TestIssuer } from './issuer.ts'
import { servePages, type Pages } from './pages.ts'

let browser: Browser
let pages: Pages
let elsewhere: Pages
let issuer: TestIssuer
let context: BrowserContext

beforeAll(async () => {
  const args = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args })
  pages = await servePages()
  elsewhere = await servePages()
}, 30_000)
afterAll(async () => {
  await browser?.close()
  await Promise.all([pages?.close(), elsewhere?.close()])
})
beforeEach(async () => {
  issuer = await startIssuer(pages.origin)
  context = await browser.newContext()
  pages.apiCalls.length = 0
  pages.rejected.clear()
})
afterEach(async () => {
  await context.close()
  await issuer.close()
})

/** Opens a page with `auth` set up, its first state in `first`. */
async function open(path: string, more: object = {}): Promise<Page> {
  const page = await context.newPage()
  await page.addInitScript(options => {
    addEventListener('DOMContentLoaded', () => {
      const { latchkey } = globalThis as never as { latchkey: { createAuth: (options: object) => { ready: () => Promise<unknown> } } }
      const auth = latchkey.createAuth(options)
      Object.assign(globalThis, { auth, first: auth.ready() })
    })
  }, { issuer: issuer.origin, clientId: 'spa', scope: 'openid profile offline_access api', tokens: 'local', fetchOrigins: [pages.origin], ...more })
  await page.goto(pages.origin + path)
  return page
}

/** Runs an expression in the page once it has loaded. */
async function run(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`(async () => { await globalThis.first; return (${expression}) })()`)
}

async function signIn(page: Page, options = "{ returnTo: '/inbox?x=1', appState: { n: 1 } }"): Promise<void> {
  await page.evaluate(`void auth.login(${options})`)
  await page.waitForURL(`${pages.origin}/callback`)
  expect(await run(page, 'auth.getState().status')).toBe('authenticated')
}

const codesRedeemed = (): number => issuer.tokenRequests.filter(({ grant_type }) => grant_type === 'authorization_code').length
const refreshes = (): readonly number[] => issuer.tokenRequests.filter(({ grant_type }) => grant_type === 'refresh_token').map(({ status }) => status)

test('signs in by redirect, once, with a clean address; the session outlives a reload', async () => {
  const page = await open('/')
  expect(await run(page, 'first')).toEqual({ status: 'anonymous' })
  await signIn(page)
  expect(await run(page, 'first')).toMatchObject({ status: 'authenticated', user: { sub: 'alice', name: 'Alice', iss: issuer.origin }, returnTo: '/inbox?x=1', appState: { n: 1 } })
  await page.reload()
  expect(await run(page, 'first')).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
  expect(codesRedeemed()).toBe(1)
  expect(await page.evaluate("Object.keys(localStorage).filter(key => key.includes('sign-in')).length")).toBe(0)
})

test('redeems a code once, however often the page is set up', async () => {
  const page = await open('/')
  await page.addInitScript("addEventListener('DOMContentLoaded', () => { globalThis.again = latchkey.createAuth({ issuer: '" + issuer.origin + "', clientId: 'spa', tokens: 'local' }).ready() })")
  await signIn(page)
  expect(await run(page, 'again')).toMatchObject({ status: 'authenticated', user: { sub: 'alice' } })
  expect(codesRedeemed()).toBe(1)
})

/** Begins a sign-in and answers where its response would go, without going there. */
async function interceptSignIn(page: Page): Promise<URL> {
  await page.route('**/auth?*', route => route.abort(), { times: 1 })
  const leaving = page.waitForRequest(request => request.url().startsWith(`${issuer.origin}/auth?`))
  await page.evaluate('void auth.login()')
  let address = new URL((await leaving).url())
  while (address.origin === issuer.origin) {
    const { location = '' } = (await context.request.get(address.href, { maxRedirects: 0 })).headers()
    address = new URL(location, address)
  }
  return address
}

test('a response opened in two tabs at once is redeemed by one of them', async () => {
  const address = await interceptSignIn(await open('/'))
  const path = address.pathname + address.search
  const tabs = await Promise.all([open(path, { tokens: 'memory' }), open(path, { tokens: 'memory' })])
  const states = await Promise.all(tabs.map(tab => run(tab, "first.then(s => s.status + (s.reason ? ' ' + s.reason.code : ''))")))
  expect(states.sort()).toEqual(['anonymous state_mismatch', 'authenticated'])
  expect(codesRedeemed()).toBe(1)
})

test.each([
  ['state_mismatch', (url: URL) => url.searchParams.set('state', 'forged')],
  ['issuer_mismatch', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
  ['issuer_missing', (url: URL) => url.searchParams.delete('iss')],
  ['access_denied', (url: URL) => {
    url.searchParams.delete('code')
    url.searchParams.set('error', 'access_denied')
  }],
])('answers a tampered response with %s and sends no code', async (code, tamper) => {
  const address = await interceptSignIn(await open('/'))
  tamper(address)
  const page = await open(address.pathname + address.search)
  expect(await run(page, 'first.then(s => [s.status, s.reason.code, latchkey.isAuthError(s.reason), location.search])')).toEqual(['anonymous', code, true, ''])
  expect(codesRedeemed()).toBe(0)
})

test('six tabs forced to refresh at once make one request and all stay signed in', async () => {
  const first = await open('/')
  await signIn(first)
  const tabs = [first, ...await Promise.all(Array.from({ length: 5 }, () => open('/')))]
  await Promise.all(tabs.map(tab => run(tab, 'first')))
  const at = Date.now() + 300
  const tokens = await Promise.all(tabs.map(tab => run(tab, `new Promise(go => setTimeout(go, ${at} - Date.now())).then(() => auth.token({ forceRefresh: true })).then(t => t.token)`)))
  expect(new Set(tokens).size).toBe(1)
  expect(refreshes()).toEqual([200])
  expect(await Promise.all(tabs.map(tab => run(tab, 'auth.token().then(t => t.token)')))).toEqual(tokens)
})

test('twenty calls with an expired token share one refresh', async () => {
  const page = await open('/')
  await signIn(page)
  const old = await run(page, 'auth.token().then(t => t.token)')
  pages.rejected.add(`Bearer ${String(old)}`)
  const statuses = await run(page, `Promise.all(Array.from({ length: 20 }, () => auth.fetch('${pages.origin}/api', { method: 'POST', body: 'x' }).then(r => r.status)))`)
  expect(statuses).toEqual(Array.from({ length: 20 }, () => 200))
  expect(refreshes()).toEqual([200])
})

test('sends the token to the origins listed and to no others', async () => {
  const page = await open('/')
  await signIn(page)
  const token = await run(page, 'auth.token().then(t => t.token)')
  expect(await run(page, `auth.fetch('/api').then(r => r.status)`)).toBe(200)
  expect(await run(page, `auth.fetch('${elsewhere.origin}/api').then(r => r.status)`)).toBe(200)
  expect(pages.apiCalls).toEqual([`Bearer ${String(token)}`])
  expect(elsewhere.apiCalls).toEqual([''])
})

test('nothing is sent for a user who is not signed in', async () => {
  const page = await open('/')
  expect(await run(page, "auth.fetch('/api').catch(e => e.code)")).toBe('login_required')
  expect(await run(page, 'auth.token().catch(e => e.code)')).toBe('login_required')
  expect(pages.apiCalls).toEqual([])
})

test('a revoked session becomes anonymous with its reason, in all tabs', async () => {
  const page = await open('/')
  await signIn(page)
  const other = await open('/')
  expect(await run(other, 'auth.getState().status')).toBe('authenticated')
  await issuer.revokeAll()
  expect(await run(page, 'auth.token({ forceRefresh: true }).catch(e => e.code)')).toBe('login_required')
  expect(await run(page, '[auth.getState().status, auth.getState().reason.code]')).toEqual(['anonymous', 'invalid_grant'])
  await other.waitForFunction("auth.getState().status === 'anonymous'")
})

test('tokens are kept when another page has rotated the refresh token without a lock', async () => {
  const page = await open('/')
  await signIn(page)
  const key = `latchkey spa ${issuer.origin}`
  // The answer to the refresh arrives after somebody else has stored a newer session.
  await page.route('**/token', async route => {
    await page.evaluate(`{ const s = JSON.parse(localStorage.getItem('${key}')); s.tokens.refreshToken = 'newer'; s.held[''].token.token = 'newer'; localStorage.setItem('${key}', JSON.stringify(s)) }`)
    await route.fulfill({ status: 400, json: { error: 'invalid_grant' }, headers: { 'access-control-allow-origin': '*' } })
  }, { times: 1 })
  expect(await run(page, 'auth.token({ forceRefresh: true }).then(t => t.token)')).toBe('newer')
  expect(await run(page, 'auth.getState().status')).toBe('authenticated')
})

test('signs out of all tabs and with the issuer', async () => {
  const page = await open('/', { postLogoutRedirectUri: `${pages.origin}/` })
  await signIn(page)
  const other = await open('/')
  expect(await run(other, 'auth.getState().status')).toBe('authenticated')
  await page.evaluate('void auth.logout()')
  await page.waitForURL(url => url.href.startsWith(`${issuer.origin}/session/end?client_id=spa&id_token_hint=`))
  await other.waitForFunction("auth.getState().status === 'anonymous'")
  expect(await other.evaluate('localStorage.length')).toBe(0)
})

test('a page that sends its user away again and again is stopped', async () => {
  const page = await open('/')
  await page.evaluate("sessionStorage.setItem('latchkey.departures', Array(5).fill(Math.floor(Date.now() / 1000)).join(' '))")
  expect(await run(page, 'auth.login().catch(e => e.code)')).toBe('login_loop')
  expect(await run(page, "auth.login({ returnTo: '//evil.example/' }).catch(e => e.code)")).toBe('invalid_configuration')
})

test('tells subscribers of every change', async () => {
  const page = await open('/')
  await signIn(page)
  expect(await run(page, "(async () => { const seen = []; const stop = auth.subscribe(() => seen.push(auth.getState().status)); await auth.logout({ local: true }); stop(); return seen })()")).toEqual(['anonymous'])
})
