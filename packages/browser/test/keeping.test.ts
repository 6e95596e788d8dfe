import { describe, expect, test } from 'vitest'
import { run, useApp } from './app.ts'

const { open, signIn, issuer, pages, context } = useApp()

const statuses = (grant: string): readonly number[] => issuer().tokenRequests.filter(({ grant_type }) => grant_type === grant).map(({ status }) => status)

describe('tokens in a worker', () => {
  test('refresh without the page ever holding the refresh token', async () => {
    const page = await open('/', { tokens: 'worker' })
    await page.addInitScript("globalThis.seen = []; const parse = JSON.parse; JSON.parse = (...a) => { seen.push(a[0]); return parse(...a) }")
    await signIn(page)
    const old = await run(page, 'auth.token().then(t => t.token)')
    expect(await run(page, 'auth.token({ forceRefresh: true }).then(t => t.token)')).not.toBe(old)
    expect(statuses('refresh_token')).toEqual([200])
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(1)
    const seen = JSON.stringify(await page.evaluate('seen'))
    expect(seen).toContain('access_token')
    expect(issuer().refreshTokens).toHaveLength(2)
    for (const token of issuer().refreshTokens) expect(seen).not.toContain(token)
  })

  test('a worker sends nothing to an address that its issuer does not name', async () => {
    const page = await open('/', { tokens: 'worker' })
    await signIn(page)
    const ask = (url: string, from: string): string => `new Promise(done => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => done(data.failure)
      worker.postMessage({ id: 1, issuer: '${from}', allowInsecureIssuer: false, url: '${url}', headers: [], body: 'refresh_token=x' })
    })`
    expect(await run(page, ask(`${pages().origin}/api`, issuer().origin))).toContain('sends nothing there')
    expect(pages().apiCalls).toEqual([])
    expect(await run(page, ask('http://evil.example/token', 'http://evil.example'))).toBe('insecure_issuer')
  })

  test('a worker that cannot start fails the request', async () => {
    await context().route('**/worker.js', route => route.fulfill({ status: 404 }))
    const page = await open('/', { tokens: 'worker' })
    await page.evaluate('void auth.login()')
    await page.waitForURL(`${pages().origin}/callback`)
    expect(await run(page, 'first.then(s => [s.status, s.reason.code])')).toEqual(['anonymous', 'network_error'])
  })
})

describe('restore', () => {
  test.each(['iframe', 'redirect'])('by %s finds who is signed in with the issuer, with nothing kept in the page', async restore => {
    const page = await open('/', { tokens: 'memory' })
    await signIn(page)
    const fresh = await open('/inbox', { tokens: 'memory', restore })
    await fresh.waitForFunction("globalThis.auth?.getState().status === 'authenticated'")
    expect(await run(fresh, 'auth.getState()')).toMatchObject({ user: { sub: 'alice' }, returnTo: '/inbox' })
    expect(await fresh.evaluate('document.querySelectorAll("iframe").length')).toBe(0)
  })

  test.each(['iframe', 'redirect'])('by %s leaves a stranger where they are, anonymous and without a question', async restore => {
    const page = await open('/inbox?x=1', { tokens: 'memory', restore })
    await page.waitForFunction("globalThis.auth?.getState().status === 'anonymous'")
    expect(await run(page, 'auth.getState().reason')).toBe(undefined)
    expect(page.url()).toBe(`${pages().origin}/inbox?x=1`)
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(2)
  })

  test('by frame is refused for an issuer on another site', async () => {
    const page = await open('/', { restore: 'iframe', issuer: 'https://op.example' })
    expect(await run(page, 'first.then(s => [s.status, s.reason.code])')).toEqual(['anonymous', 'invalid_configuration'])
  })

  test('none begins anonymous, whatever is kept', async () => {
    await signIn(await open('/'))
    const page = await open('/', { restore: 'none' })
    expect(await run(page, 'first')).toEqual({ status: 'anonymous' })
  })
})

test('tokens for a resource and for a scope are kept apart, asked for in turn, and spend no refresh token twice', async () => {
  const page = await open('/', { extra: { resource: 'https://a.example' } })
  await signIn(page)
  const asked: string[] = []
  await context().route('**/token', async route => {
    const form = new URLSearchParams(route.request().postData() ?? '')
    asked.push(`${form.get('resource')} ${form.get('scope')}`)
    await route.continue()
  })
  const tokens = await run(page, "Promise.all([{ resource: 'https://a.example' }, { scope: 'openid api' }, { resource: 'https://a.example' }, { scope: 'api openid' }].map(one => auth.token(one).then(t => t.token)))")
  expect(tokens).toEqual([expect.any(String), expect.any(String), (tokens as string[])[0], (tokens as string[])[1]])
  expect(new Set(tokens as string[]).size).toBe(2)
  expect(asked.sort()).toEqual(['https://a.example null', 'null openid api'])
  expect(statuses('refresh_token')).toEqual([200, 200])
})

test('a schema says what a user is, and one that it refuses is nobody', async () => {
  await signIn(await open('/'))
  const page = await open('/')
  const setUp = (body: string): string => `latchkey.createAuth({ issuer: '${issuer().origin}', clientId: 'spa', tokens: 'local', parseUser: claims => { ${body} } }).ready()`
  expect(await run(page, setUp('return { id: claims.sub }'))).toMatchObject({ status: 'authenticated', user: { id: 'alice' } })
  expect(await run(page, `${setUp("throw new Error('no such user')")}.then(s => [s.status, s.reason.code])`)).toEqual(['anonymous', 'invalid_configuration'])
})

test('signs out of this application alone when the issuer offers nothing more', async () => {
  await context().route('**/.well-known/openid-configuration', async route => {
    const response = await route.fetch()
    const { end_session_endpoint: _, ...rest } = await response.json()
    await route.fulfill({ response, json: rest })
  })
  const page = await open('/')
  await signIn(page)
  await run(page, 'auth.logout()')
  expect(await run(page, '[auth.getState(), localStorage.length]')).toEqual([{ status: 'anonymous' }, 0])
})
