import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { run, useApp } from './app.ts'

const { open, signIn, issuer, pages, context } = useApp()

const statuses = (grant: string): readonly number[] => issuer().tokenRequests.filter(({ grant_type }) => grant_type === grant).map(({ status }) => status)

/** Begins a sign-in and answers where its response would go, without going there. */
async function interceptSignIn(page: Page, options = ''): Promise<URL> {
  await page.route('**/auth?*', route => route.abort(), { times: 1 })
  const leaving = page.waitForRequest(request => request.url().startsWith(`${issuer().origin}/auth?`))
  await page.evaluate(`void auth.login(${options})`)
  let address = new URL((await leaving).url())
  while (address.origin === issuer().origin) {
    const { location = '' } = (await context().request.get(address.href, { maxRedirects: 0 })).headers()
    address = new URL(location, address)
  }
  return address
}

test('storage cleared while the user is away is state_mismatch, and no code leaves', async () => {
  const page = await open('/')
  const address = await interceptSignIn(page)
  await (await open('/')).evaluate('localStorage.clear()')
  const back = await open(address.pathname + address.search)
  expect(await run(back, 'first.then(s => [s.status, s.reason.code, s.reason.phase, location.search])')).toEqual(['anonymous', 'state_mismatch', 'callback', ''])
  expect(issuer().tokenRequests).toEqual([])
  await signIn(await open('/'))
})

test('a response that comes too late is state_expired', async () => {
  const page = await open('/')
  const address = await interceptSignIn(page)
  await (await open('/')).evaluate(`for (const key of Object.keys(localStorage)) if (key.includes('sign-in')) localStorage.setItem(key, localStorage.getItem(key).replace(/"createdAt":\\d+/, '"createdAt":' + (Math.floor(Date.now() / 1000) - 3601)))`)
  const back = await open(address.pathname + address.search)
  expect(await run(back, 'first.then(s => [s.status, s.reason.code])')).toEqual(['anonymous', 'state_expired'])
  expect(issuer().tokenRequests).toEqual([])
})

test('a response that is nobody\'s resolves to the session there is', async () => {
  const page = await open('/')
  await signIn(page)
  const back = await open('/callback?code=stolen&state=unknown')
  expect(await run(back, 'first.then(s => [s.status, s.user.sub, location.search])')).toEqual(['authenticated', 'alice', ''])
  expect(statuses('authorization_code')).toEqual([200])
})

test('two sign-ins at once both come back to what each was for, in either order', async () => {
  const [one, two] = [await open('/one'), await open('/two')]
  const addresses = [await interceptSignIn(one, "{ appState: 'one' }"), await interceptSignIn(two, "{ appState: 'two' }")]
  const back = await Promise.all(addresses.toReversed().map(address => open(address.pathname + address.search)))
  expect(await Promise.all(back.map(page => run(page, 'first.then(s => [s.status, s.returnTo, s.appState])')))).toEqual([['authenticated', '/two', 'two'], ['authenticated', '/one', 'one']])
  expect(statuses('authorization_code')).toEqual([200, 200])
})

test('going back and forth and reloading brings no response twice', async () => {
  const page = await open('/')
  await signIn(page)
  await page.reload()
  expect(await run(page, 'first.then(s => s.status)')).toBe('authenticated')
  await page.goto(`${pages().origin}/elsewhere`)
  await page.goBack()
  expect(await run(page, 'first.then(s => s.status)')).toBe('authenticated')
  expect(page.url()).toBe(`${pages().origin}/callback`)
  expect(statuses('authorization_code')).toEqual([200])
})

/** Makes the kept access token one that has just run out. */
async function age(page: Page): Promise<void> {
  await page.evaluate(`for (const key of Object.keys(localStorage)) localStorage.setItem(key, localStorage.getItem(key).replace(/"expiresAt":\\d+/g, '"expiresAt":' + Math.floor(Date.now() / 1000)))`)
}

test('without a network the user stays who they were, and the token is refreshed once the network is back', async () => {
  const page = await open('/')
  await signIn(page)
  await age(page)
  await context().setOffline(true)
  expect(await run(page, 'auth.token().catch(e => [e.code, e.retryable])')).toEqual(['network_error', true])
  expect(await run(page, 'auth.getState().status')).toBe('authenticated')
  expect(statuses('refresh_token')).toEqual([])
  await context().setOffline(false)
  await expect.poll(() => statuses('refresh_token')).toEqual([200])
  expect(await run(page, 'auth.token().then(t => t.expiresAt > Date.now() / 1000 + 60)')).toBe(true)
})

test('a page that opens while the issuer is away knows the user, and asks again by itself', async () => {
  const page = await open('/')
  await signIn(page)
  await age(page)
  await context().route('**/token', route => route.abort())
  const opened = await open('/')
  expect(await run(opened, 'first.then(s => s.status)')).toBe('authenticated')
  expect(statuses('refresh_token')).toEqual([])
  await context().unroute('**/token')
  await opened.evaluate("dispatchEvent(new Event('pageshow'))")
  await expect.poll(() => statuses('refresh_token')).toEqual([200])
})

test('a request that the network drops once is sent again', async () => {
  const page = await open('/')
  await signIn(page)
  await page.route('**/token', route => route.abort(), { times: 1 })
  expect(await run(page, 'auth.token({ forceRefresh: true }).then(t => t.type)')).toBe('Bearer')
  expect(statuses('refresh_token')).toEqual([200])
})

test('six tabs that wake from sleep refresh once', async () => {
  const first = await open('/')
  await signIn(first)
  const tabs = [first, ...await Promise.all(Array.from({ length: 5 }, () => open('/')))]
  await Promise.all(tabs.map(tab => run(tab, 'first')))
  await age(first)
  await Promise.all(tabs.map(tab => tab.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")))
  await expect.poll(() => statuses('refresh_token')).toEqual([200])
  expect(new Set(await Promise.all(tabs.map(tab => run(tab, 'auth.token().then(t => t.token)')))).size).toBe(1)
  expect(statuses('refresh_token')).toEqual([200])
})

test('a session that ended during sleep is anonymous with its reason', async () => {
  const page = await open('/')
  await signIn(page)
  await age(page)
  await issuer().revokeAll()
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
  await page.waitForFunction("auth.getState().status === 'anonymous'")
  expect(await run(page, 'auth.getState().reason.code')).toBe('invalid_grant')
})

test('a clock that is set while the page is open makes no token look younger than it is', async () => {
  const page = await open('/')
  await signIn(page)
  await run(page, 'auth.token({ forceRefresh: true })')
  await tellTime()
  await page.evaluate('{ const real = Date.now; Date.now = () => real() - 86_400_000; const steady = performance.now.bind(performance); performance.now = () => steady() + 7_200_000 }')
  await run(page, 'auth.token()')
  expect(statuses('refresh_token')).toEqual([200, 200])
})

/** Lets scripts read the time that the issuer's answers tell. */
function tellTime(): Promise<unknown> {
  return context().route('**/token', async route => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'access-control-expose-headers': 'date' } })
  })
}

test.each([[-3600, 'clock_skew'], [7200, 'id_token_expired']])('a machine whose clock is %i s off signs in where the issuer tells the time, and is told %s where it does not', async (offset, expected) => {
  const slow = await open('/')
  await context().addInitScript(`{ const real = Date.now; Date.now = () => real() + ${offset * 1000} }`)
  await tellTime()
  await slow.reload()
  await signIn(slow)
  await context().unroute('**/token')
  const untold = await open('/', { tokens: 'memory' })
  await untold.evaluate('void auth.login()')
  await untold.waitForURL(`${pages().origin}/callback`)
  expect(await run(untold, 'first.then(s => s.reason.code)')).toBe(expected)
})

test('a page over plain http is insecure_context at once', async () => {
  const page = await open('/')
  await page.evaluate("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
  expect(await page.evaluate("(() => { try { latchkey.createAuth({ issuer: 'https://op.example', clientId: 'spa' }) } catch (e) { return [e.code, e.phase] } })()")).toEqual(['insecure_context', 'config'])
})
