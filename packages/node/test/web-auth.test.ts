import { describe, expect, it } from 'vitest'
import { clientSecretBasic, createWebAuth, memorySessionStore, type SessionStore, type WebAuthOptions } from '../src/index.ts'
import { BASE, foreignKey, halfHash, ISSUER, openBrowser, SECRET, setUpWorld, signed, START, type World } from './web-issuer.ts'

const kinds = [['in a cookie', false], ['in a store', true]] as const
const world = (isStored: boolean, change: Partial<WebAuthOptions> = {}): World => {
  const store = memorySessionStore(() => START)
  return setUpWorld({ session: { secret: SECRET, ...(isStored && { store }) }, ...change })
}
const userOf = async (web: World['web'], browser: ReturnType<typeof openBrowser>) => {
  const { session, apply } = await web.session(browser.request('/'))
  browser.take(apply(new Response('page')))
  return session
}

describe('options', () => {
  const good: WebAuthOptions = { issuer: ISSUER, clientId: 'web', clientAuth: clientSecretBasic('x'), baseUrl: BASE, session: { secret: SECRET } }
  it.each<[string, Partial<WebAuthOptions>]>([
    ['a base that is no address', { baseUrl: 'app.example' }],
    ['a base in clear text', { baseUrl: 'http://app.example' }],
    ['a base with a query', { baseUrl: `${BASE}?x` }],
    ['a short secret', { session: { secret: 'short' } }],
    ['no secret', { session: { secret: [] } }],
    ['one short secret among several', { session: { secret: [SECRET, 'short'] } }],
    ['a cookie name that ends the header', { session: { secret: SECRET, cookie: 'a;b' } }],
    ['a path without a slash', { path: 'auth' }],
    ['a scope without openid', { scope: 'profile' }],
    ['an ID Token in the query', { responseType: 'code id_token', responseMode: 'query' }],
    ['no way to prove itself', { clientAuth: undefined as never }],
    ['a lifetime that is none', { session: { secret: SECRET, lifetime: 0 } }],
    ['a proxy to clear text', { proxy: [{ path: '/api', target: 'http://api.example', token: 'user' }] }],
    ['a proxy to a file', { proxy: [{ path: '/api', target: 'file:///etc', token: 'none' }] }],
    ['a proxy at the root', { proxy: [{ path: '/', target: 'https://api.example', token: 'user' }] }],
    ['an empty client id', { clientId: '' }],
  ])('with %s are refused', (_, change) => {
    expect(() => createWebAuth({ ...good, ...change })).toThrow(expect.objectContaining({ code: 'invalid_configuration', phase: 'config' }))
  })
  it('ask for nothing', () => {
    const { asked } = setUpWorld()
    expect(asked).toEqual([])
  })
})

describe('the login endpoint', () => {
  it('sends the browser to the issuer with all that binds the answer to it', async () => {
    const { web } = setUpWorld({ scope: 'openid api', resource: 'https://api.example', maxAge: 60, extra: { prompt: 'login' } })
    const browser = openBrowser(web)
    const response = await browser.send('/auth/login')
    const url = new URL(response.headers.get('location') ?? '')
    expect(response.status).toBe(303)
    expect(url.origin + url.pathname).toBe(`${ISSUER}/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code', client_id: 'web', redirect_uri: `${BASE}/auth/callback`, scope: 'openid api', resource: 'https://api.example', max_age: '60', prompt: 'login',
      state: expect.stringMatching(/^[\w-]{43}$/), nonce: expect.stringMatching(/^[\w-]{43}$/), code_challenge: expect.stringMatching(/^[\w-]{43}$/), code_challenge_method: 'S256',
    })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-latchkey-login-\d+-[\w-]{22}=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/)])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
  it('lets the posted form of a hybrid response find its cookie across sites', async () => {
    const { web } = setUpWorld({ responseType: 'code id_token' })
    const response = await openBrowser(web).send('/auth/login')
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('response_mode')).toBe('form_post')
    expect(response.headers.getSetCookie()[0]).toContain('SameSite=None; Secure')
  })
  it('needs no https on this machine', async () => {
    const { web } = setUpWorld({ baseUrl: 'http://localhost:3000' })
    const response = await openBrowser(web).send('/auth/login')
    expect(response.headers.getSetCookie()[0]).toMatch(/^latchkey-login-.*SameSite=Lax$/)
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe('http://localhost:3000/auth/callback')
  })
  it.each<[string, RequestInit, number]>([
    ['a script', { headers: { 'sec-fetch-dest': 'empty' } }, 405],
    ['a frame', { headers: { 'sec-fetch-dest': 'iframe' } }, 405],
    ['a form', { method: 'POST' }, 405],
    ['prefetching', { headers: { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch;prerender' } }, 503],
  ])('begins nothing for %s', async (_, init, status) => {
    const { web, asked } = setUpWorld()
    const response = await openBrowser(web).send('/auth/login', init)
    expect({ status: response.status, cookies: response.headers.getSetCookie(), asked }).toEqual({ status, cookies: [], asked: [] })
  })
  it('remembers five sign-ins, and gives up the oldest', async () => {
    const { web, clock } = setUpWorld()
    const browser = openBrowser(web)
    for (let count = 0; count < 8; count++) {
      clock.now += 1
      await browser.send('/auth/login')
    }
    expect([...browser.cookies.keys()].map((name) => Number(name.split('-')[3]) - START)).toEqual([4, 5, 6, 7, 8])
  })
  it('says when the issuer is not to be had, and leaves nothing behind', async () => {
    const { web, answers } = setUpWorld()
    answers['/.well-known/openid-configuration'] = () => new Response(null, { status: 503 })
    const response = await openBrowser(web).send('/auth/login')
    expect({ status: response.status, text: await response.text(), cookies: response.headers.getSetCookie() }).toEqual({ status: 502, text: expect.stringMatching(/^The sign-in failed: discovery failed/), cookies: [] })
  })
})

describe('a user returns to', () => {
  it.each([
    ['/orders?open=1#top', `${BASE}/orders?open=1#top`], [`${BASE}/orders`, `${BASE}/orders`], ['', `${BASE}/`], ['https://evil.example/', `${BASE}/`], ['//evil.example', `${BASE}/`],
    ['/\\evil.example', `${BASE}/`], ['\\\\evil.example', `${BASE}/`], ['https:evil.example', `${BASE}/evil.example`], ['javascript:alert(1)', `${BASE}/`], ['https://app.example@evil.example', `${BASE}/`],
    ['https://user:pw@app.example/', `${BASE}/`], ['https://app.example.evil.example', `${BASE}/`], ['http://app.example/', `${BASE}/`], [`/${'x'.repeat(2001)}`, `${BASE}/`],
    ['/\t/evil.example', `${BASE}/`], ['.//evil.example', `${BASE}//evil.example`],
  ])('%s by way of %s', async (wanted, reached) => {
    expect(await openBrowser(setUpWorld().web).signIn(wanted)).toBe(reached)
  })
  it('the page of this application, whatever its host is called inside', () => {
    const { web } = setUpWorld()
    expect(web.loginUrl({ returnTo: 'http://inside.local:8080/orders?x=1' })).toBe(`${BASE}/auth/login?returnTo=${encodeURIComponent(`${BASE}/orders?x=1`)}`)
    expect(web.loginUrl({ returnTo: 'http://inside.local//evil.example/' })).toContain(encodeURIComponent(`${BASE}//evil.example/`))
    expect(web.logoutUrl()).toBe(`${BASE}/auth/logout`)
  })
})

describe.each(kinds)('a session kept %s', (_, isStored) => {
  it('begins with the callback, and tells who is signed in', async () => {
    const { web, paths } = world(isStored)
    const browser = openBrowser(web)
    expect(await browser.signIn('/orders')).toBe(`${BASE}/orders`)
    expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey'])
    expect(browser.setCookies.at(-1)).toMatch(/; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure$/)
    expect(paths()).toEqual(['/token'])
    expect(await userOf(web, browser)).toMatchObject({ sub: 'alice', claims: { name: 'Alice' }, expiresAt: START + 86_400 })
  })
  it('hides its tokens from whoever sees the cookie', async () => {
    const { web } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    const seen = [...browser.cookies.values()].flatMap((value) => [value, ...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))]).join('\n')
    expect(seen).not.toMatch(/at-1|rt-1|alice/i)
  })
  it('gets another name at every sign-in, and the old one is dead', async () => {
    const { web } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    const before = browser.cookies.get('__Host-latchkey')
    await browser.signIn()
    expect(browser.cookies.get('__Host-latchkey')).not.toBe(before)
    if (!isStored) return
    const thief = openBrowser(web)
    thief.cookies.set('__Host-latchkey', before ?? '')
    expect(await userOf(web, thief)).toBeUndefined()
    expect(thief.cookies.size).toBe(0)
  })
  it('ends with its lifetime', async () => {
    const { web, clock } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 86_400
    expect(await userOf(web, browser)).toBeUndefined()
  })
  it('calls with its token, and renews it when it was refused', async () => {
    const { web, answers } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    const session = await userOf(web, browser)
    expect(await (await session?.fetch('https://api.example/me'))?.json()).toEqual({ authorization: 'Bearer at-1' })
    answers['https://api.example/me'] = (request) => (request.headers.get('authorization') === 'Bearer at-1' ? new Response(null, { status: 401 }) : Response.json(request.headers.get('authorization')))
    expect(await (await session?.fetch('https://api.example/me'))?.json()).toBe('Bearer at-2')
    expect(await session?.userinfo()).toMatchObject({ email: 'alice@example.com' })
  })
  it('sends its token over https alone', async () => {
    const { web } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    await expect((await userOf(web, browser))?.fetch('http://api.example/me')).rejects.toMatchObject({ code: 'origin_not_allowed' })
  })
  it('K08 is renewed once for twenty requests with an expired token, and nobody is signed out', async () => {
    const { web, clock, paths } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    const requests = Array.from({ length: 20 }, () => browser.request('/'))
    const sessions = await Promise.all(requests.map((request) => web.session(request)))
    const tokens = await Promise.all(sessions.map(async ({ session }) => (await session?.token())?.token))
    expect(new Set(tokens)).toEqual(new Set(['at-2']))
    expect(paths()).toEqual(['/token', '/token'])
    for (const { apply } of sessions) browser.take(apply(new Response()))
    expect(await (await userOf(web, browser))?.token()).toMatchObject({ token: 'at-2' })
    expect(paths()).toEqual(['/token', '/token'])
  })
  it('lives on when a late request still carries what was spent', async () => {
    const { web, clock } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    const late = browser.request('/')
    await userOf(web, browser)
    const { session } = await web.session(late)
    expect(await session?.token()).toMatchObject({ token: 'at-2' })
  })
  it('ends when the issuer says that the grant is over, and the browser is told', async () => {
    const { web, clock, answers } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    expect(await userOf(web, browser)).toBeUndefined()
    expect(browser.cookies.size).toBe(0)
  })
  it('outlives an issuer that does not answer', async () => {
    const { web, clock, answers } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 700
    answers['/token'] = () => new Response(null, { status: 503 })
    const session = await userOf(web, browser)
    expect(session?.sub).toBe('alice')
    await expect(session?.token()).rejects.toMatchObject({ code: 'http_error', retryable: true })
    expect(browser.cookies.size).toBe(1)
  })
  it('is not renewed without a refresh token, and says so', async () => {
    const { web, clock, answers } = world(isStored)
    const usual = answers['/token']
    answers['/token'] = async (request) => {
      const { refresh_token: _, ...rest } = await ((await usual?.(request)) ?? Response.error()).json() as Record<string, unknown>
      return Response.json(rest)
    }
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 700
    await expect((await userOf(web, browser))?.token()).rejects.toMatchObject({ code: 'login_required' })
  })
  it('belongs to its issuer and client', async () => {
    const { web, another } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    expect(await userOf(another({ clientId: 'other' }), browser)).toBeUndefined()
  })
  it('ends with the logout here, and goes on to the issuer', async () => {
    const { web, asked, paths } = world(isStored)
    const browser = openBrowser(web)
    await browser.signIn()
    const spent = browser.cookies.get('__Host-latchkey') ?? ''
    const response = await browser.send('/auth/logout')
    const away = new URL(response.headers.get('location') ?? '')
    expect({ status: response.status, at: away.origin + away.pathname }).toEqual({ status: 303, at: `${ISSUER}/logout` })
    expect(Object.fromEntries(away.searchParams)).toEqual({ client_id: 'web', post_logout_redirect_uri: `${BASE}/`, ...(isStored && { id_token_hint: away.searchParams.get('id_token_hint') }) })
    expect(away.searchParams.has('id_token_hint')).toBe(isStored)
    expect(paths()).toEqual(['/token', '/revoke'])
    expect(new URLSearchParams(await asked[1]?.text()).get('token')).toBe('rt-1')
    expect(browser.cookies.size).toBe(0)
    if (!isStored) return
    browser.cookies.set('__Host-latchkey', spent)
    expect(await userOf(web, browser)).toBeUndefined()
  })
})

describe('a session in cookies', () => {
  it('is opened by an older secret and sealed by the first, until that is taken away', async () => {
    const { web, another, clock } = setUpWorld()
    const browser = openBrowser(web)
    await browser.signIn()
    const newer = 'another secret of the application, 32+'
    const rotated = another({ session: { secret: [newer, SECRET] } })
    clock.now += 590
    expect((await userOf(rotated, browser))?.sub).toBe('alice')
    expect((await userOf(another({ session: { secret: newer } }), browser))?.sub).toBe('alice')
    expect(await userOf(web, browser)).toBeUndefined()
  })
  it('is not opened when anything in it was changed, nor as something else', async () => {
    const { web } = setUpWorld()
    const browser = openBrowser(web)
    await browser.send('/auth/login')
    const [[, login = ''] = []] = [...browser.cookies]
    await browser.signIn()
    const good = browser.cookies.get('__Host-latchkey') ?? ''
    const cut = good.split('.')
    for (const bad of [login, good.slice(0, -2), `${good}x`, `${'A'.repeat(good.length)}`, [cut[0], '', cut[2], `A${cut[3]?.slice(1)}`, cut[4]].join('.'), 'a.b.c', '%00']) {
      browser.cookies.set('__Host-latchkey', bad)
      expect(await userOf(web, browser)).toBeUndefined()
    }
  })
  it('is cut into several when it is large, which go together', async () => {
    const { web, answers, clock } = setUpWorld()
    const usual = answers['/token']
    let size = 4000
    answers['/token'] = async (request) => Response.json({ ...await (await usual?.(request))?.json() as object, access_token: 'x'.repeat(size) })
    const browser = openBrowser(web)
    await browser.signIn()
    expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey', '__Host-latchkey-2'])
    expect((await userOf(web, browser))?.sub).toBe('alice')
    size = 10
    clock.now += 590
    await userOf(web, browser)
    expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey'])
    size = 10_000
    const response = await openBrowser(web).signIn()
    expect(response).toBeNull()
  })
  it('says what to do when it is too large', async () => {
    const { web, answers } = setUpWorld()
    const usual = answers['/token']
    answers['/token'] = async (request) => Response.json({ ...await (await usual?.(request))?.json() as object, access_token: 'x'.repeat(10_000) })
    const failed: unknown[] = []
    const telling = setUpWorld({ onError: (error) => { failed.push(error); return new Response('sorry', { status: 500 }) } })
    telling.answers['/token'] = answers['/token']
    await openBrowser(telling.web).signIn()
    expect(failed).toEqual([expect.objectContaining({ code: 'storage_failed', hint: expect.stringContaining('session.store') })])
    expect(web).toBeDefined()
  })
})

describe('a session in a store', () => {
  const stored = (store: SessionStore, change: Partial<WebAuthOptions> = {}) => setUpWorld({ session: { secret: SECRET, store }, ...change })

  it('is renewed once by all processes when the store can lock', async () => {
    const turns: string[] = []
    let queue: Promise<unknown> = Promise.resolve()
    const store: SessionStore = {
      ...memorySessionStore(() => START),
      lock: (key, work) => {
        turns.push(key)
        const turn = queue.then(work)
        queue = turn.catch(() => undefined)
        return turn
      },
    }
    const { web, another, clock, paths } = stored(store)
    const others = [web, another(), another()]
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    const sessions = await Promise.all(others.map((one) => one.session(browser.request('/'))))
    expect(await Promise.all(sessions.map(async ({ session }) => (await session?.token())?.token))).toEqual(['at-2', 'at-2', 'at-2'])
    expect(paths()).toEqual(['/token', '/token'])
    expect(new Set(turns).size).toBe(1)
  })
  it('is not lost by the process that came second, when the store cannot lock', async () => {
    const { web, another, clock, answers, paths } = stored(memorySessionStore(() => START))
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    const usual = answers['/token']
    let goOn = (): void => undefined
    const held = new Promise<void>((resolve) => { goOn = resolve })
    // The second process has read what is spent by the time its own request is answered.
    answers['/token'] = async (request) => {
      answers['/token'] = usual ?? Response.error
      await held
      return usual?.(request) ?? Response.error()
    }
    const late = another().session(browser.request('/'))
    expect(await (await userOf(web, browser))?.token()).toMatchObject({ token: 'at-2' })
    goOn()
    expect(await (await late).session?.token()).toMatchObject({ token: 'at-2' })
    expect(paths()).toEqual(['/token', '/token', '/token'])
  })
  it('stays ended when the user signs out while it is renewed', async () => {
    const { web, clock, answers } = stored(memorySessionStore(() => START))
    const browser = openBrowser(web)
    await browser.signIn()
    clock.now += 590
    const usual = answers['/token']
    let goOn = (): void => undefined
    const held = new Promise<void>((resolve) => { goOn = resolve })
    answers['/token'] = async (request) => {
      await held
      return usual?.(request) ?? Response.error()
    }
    const renewing = web.session(browser.request('/'))
    const leaving = browser.send('/auth/logout')
    goOn()
    await Promise.all([renewing, leaving])
    expect(await userOf(web, browser)).toBeUndefined()
  })
  it('that fails is no signed-out user', async () => {
    const store = memorySessionStore(() => START)
    const { web } = stored({ ...store, get: () => Promise.reject(new Error('down')) })
    const browser = openBrowser(web)
    browser.cookies.set('__Host-latchkey', 'x')
    await expect(web.session(browser.request('/'))).rejects.toMatchObject({ code: 'storage_failed', retryable: true })
    expect(await browser.send('/auth/user', { headers: { 'x-csrf': '1' } })).toMatchObject({ status: 503 })
  })
  it('shows the store neither names nor tokens', async () => {
    const seen: string[] = []
    const store = memorySessionStore(() => START)
    const { web } = stored({ ...store, set: async (key, text, ttl) => { seen.push(key, text); await store.set(key, text, ttl) } })
    const browser = openBrowser(web)
    await browser.signIn()
    const name = browser.cookies.get('__Host-latchkey') ?? ''
    expect(seen.length).toBe(2)
    for (const secret of [name, 'at-1', 'rt-1', 'alice']) expect(seen.join('\n')).not.toContain(secret)
  })
})

describe('the callback', () => {
  const begun = async (change: Partial<WebAuthOptions> = {}) => {
    const set = setUpWorld(change)
    const browser = openBrowser(set.web)
    const away = new URL((await browser.send('/auth/login?returnTo=/orders')).headers.get('location') ?? '')
    return { ...set, browser, state: away.searchParams.get('state') ?? '', nonce: away.searchParams.get('nonce') ?? '' }
  }
  const query = (parameters: Readonly<Record<string, string | undefined>>) =>
    `/auth/callback?${new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))}`

  it.each<[string, string, (good: { state: string; nonce: string }) => Readonly<Record<string, string | undefined>>, RequestInit?]>([
    ['K01 state_mismatch', 'a missing state', (good) => ({ ...good, state: undefined })],
    ['K01 state_mismatch', 'a wrong state', (good) => ({ ...good, state: 'x' })],
    ['K02 issuer_missing', 'no iss though it is announced', (good) => ({ ...good, iss: undefined })],
    ['K02 issuer_mismatch', 'another iss', (good) => ({ ...good, iss: 'https://evil.example' })],
    ['K02 code_missing', 'no code', (good) => ({ ...good, code: undefined })],
    ['K02 front_channel_token', 'a token nobody asked for', (good) => ({ ...good, access_token: 'x' })],
    ['K01 access_denied', 'an error of the issuer', (good) => ({ ...good, code: undefined, error: 'access_denied' })],
    ['K01 405', 'a form where the query was asked for', (good) => good, { method: 'POST', body: 'x' }],
  ])('refuses as %s a response with %s, and asks for no token', async (name, _, change, init) => {
    const codes: string[] = []
    const { browser, state, nonce, asked } = await begun({ onError: (error) => { codes.push(error.code); return new Response(null, { status: 400 }) } })
    const { nonce: code, ...rest } = change({ state, nonce, ...{ iss: ISSUER } })
    const response = await browser.send(query({ code, ...rest }), init)
    expect(codes[0] ?? String(response.status)).toBe(name.split(' ')[1])
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(asked).toEqual([])
    expect(browser.cookies.has('__Host-latchkey')).toBe(false)
  })
  it('K01 takes a response once, also when both come at the same time', async () => {
    const { browser, state, nonce, paths, web } = await begun()
    const requests = [1, 2].map(() => browser.request(query({ code: nonce, state, iss: ISSUER })))
    const [first, second] = await Promise.all(requests.map((request) => web.handle(request)))
    expect([first?.status, second?.status]).toEqual([303, 400])
    expect(paths()).toEqual(['/token'])
  })
  it('K01 does not belong to another browser', async () => {
    const { web, state, nonce, asked } = await begun()
    expect(await openBrowser(web).send(query({ code: nonce, state, iss: ISSUER }))).toMatchObject({ status: 400 })
    expect(asked).toEqual([])
  })
  it('K01 takes a user who came back by the history to where they are signed in', async () => {
    const { browser, state, nonce, paths } = await begun()
    const address = query({ code: nonce, state, iss: ISSUER })
    await browser.send(address)
    const again = await browser.send(address)
    expect({ status: again.status, location: again.headers.get('location') }).toEqual({ status: 303, location: `${BASE}/` })
    expect(paths()).toEqual(['/token'])
  })
  it('K01 ends a sign-in that took too long', async () => {
    const { browser, state, nonce, clock, asked } = await begun({ loginLifetime: 600 })
    clock.now += 601
    const response = await browser.send(query({ code: nonce, state, iss: ISSUER }))
    expect({ status: response.status, text: await response.text(), asked }).toEqual({ status: 400, text: expect.stringContaining('state expired'), asked: [] })
  })
  it('lets two sign-ins end in any order', async () => {
    const { browser, state, nonce } = await begun()
    await browser.signIn('/other')
    const response = await browser.send(query({ code: nonce, state, iss: ISSUER }))
    expect(response.headers.get('location')).toBe(`${BASE}/orders`)
  })
  it('K06 does not follow a token endpoint that has moved', async () => {
    const { browser, state, nonce, answers, paths } = await begun()
    answers['/token'] = () => new Response(null, { status: 307, headers: { location: 'https://evil.example/token' } })
    expect(await browser.send(query({ code: nonce, state, iss: ISSUER }))).toMatchObject({ status: 400 })
    expect(paths()).toEqual(['/token'])
  })
  it('never shows what the issuer said as a page', async () => {
    const { browser, state } = await begun()
    const response = await browser.send(query({ state, iss: ISSUER, error: 'invalid_request', error_description: '<script>alert(1)</script>' }))
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('a hybrid callback', () => {
  const good = (nonce: string) => ({ iss: ISSUER, sub: 'alice', aud: 'web', iat: START, exp: START + 300, nonce, c_hash: halfHash(nonce) })
  type Fault = { readonly claims?: (good: Record<string, unknown>, state: string) => Record<string, unknown>; readonly header?: Parameters<typeof signed>[1]; readonly form?: Readonly<Record<string, string | undefined>>; readonly init?: RequestInit }

  async function arrive({ claims = (same) => same, header, form = {}, init = {} }: Fault) {
    const codes: string[] = []
    const set = setUpWorld({ responseType: 'code id_token', onError: (error) => { codes.push(error.code); return new Response(null, { status: 400 }) } })
    const browser = openBrowser(set.web)
    const away = new URL((await browser.send('/auth/login')).headers.get('location') ?? '')
    const { state = '', nonce = '' } = Object.fromEntries(away.searchParams)
    const id_token = await signed(claims(good(nonce), state), header)
    const fields = Object.entries({ code: nonce, state, iss: ISSUER, id_token, ...form }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    const response = await browser.send('/auth/callback', { method: 'POST', body: new URLSearchParams(fields), headers: { origin: ISSUER }, ...init })
    return { status: response.status, code: codes[0], paths: set.paths(), signedIn: browser.cookies.has('__Host-latchkey') }
  }

  it('is taken when its ID Token vouches for the code', async () => {
    expect(await arrive({})).toEqual({ status: 303, code: undefined, paths: ['/jwks', '/token'], signedIn: true })
    expect(await arrive({ claims: (same, state) => ({ ...same, s_hash: halfHash(state) }) })).toMatchObject({ status: 303, signedIn: true })
  })
  it.each<[string, Fault]>([
    ['K03 id_token_alg_unexpected', { header: { alg: 'HS256', key: new Uint8Array(32) } }],
    ['K03 signature_invalid', { header: { key: foreignKey } }],
    ['K03 id_token_issuer_mismatch', { claims: (same) => ({ ...same, iss: 'https://evil.example' }) }],
    ['K03 id_token_audience_mismatch', { claims: (same) => ({ ...same, aud: 'other' }) }],
    ['K03 id_token_audience_untrusted', { claims: (same) => ({ ...same, aud: ['web', 'other'] }) }],
    ['K03 id_token_expired', { claims: (same) => ({ ...same, exp: START - 31 }) }],
    ['K03 nonce_mismatch', { claims: (same) => ({ ...same, nonce: 'other' }) }],
    ['K03 nonce_mismatch', { claims: (same) => ({ ...same, nonce: undefined }) }],
    ['K03 id_token_claim_missing', { claims: (same) => ({ ...same, sub: undefined }) }],
    ['K04 c_hash_missing', { claims: (same) => ({ ...same, c_hash: undefined }) }],
    ['K04 c_hash_mismatch', { claims: (same) => ({ ...same, c_hash: halfHash('other') }) }],
    ['K04 s_hash_mismatch', { claims: (same) => ({ ...same, s_hash: halfHash('other') }) }],
    ['K03 id_token_missing', { form: { id_token: undefined } }],
    ['K03 id_token_malformed', { form: { id_token: 'x' } }],
    ['K02 issuer_mismatch', { form: { iss: 'https://evil.example' } }],
    ['K01 state_mismatch', { form: { state: 'other' } }],
    ['K02 front_channel_token', { form: { access_token: 'at', token_type: 'Bearer' } }],
    ['K10 response_too_large', { form: { padding: 'x'.repeat(1_100_000) } }],
    ['K10 response_malformed', { init: { body: '{}', headers: { 'content-type': 'application/json' } } }],
  ])('is refused as %s %#, and its code goes nowhere', async (name, fault) => {
    const { status, code, paths, signedIn } = await arrive(fault)
    expect({ status, code, signedIn }).toEqual({ status: 400, code: name.split(' ')[1], signedIn: false })
    expect(paths).not.toContain('/token')
  })
})

describe('the logout endpoint', () => {
  it('ends here what the issuer offers no end for', async () => {
    const { web, metadata } = setUpWorld({ postLogoutRedirectUri: `${BASE}/bye` })
    delete metadata['end_session_endpoint']
    delete metadata['revocation_endpoint']
    const browser = openBrowser(web)
    await browser.signIn()
    expect((await browser.send('/auth/logout')).headers.get('location')).toBe(`${BASE}/bye`)
    expect(browser.cookies.size).toBe(0)
  })
  it('ends the session here even when the issuer does not answer', async () => {
    const { web, answers } = setUpWorld()
    const browser = openBrowser(web)
    await browser.signIn()
    answers['/revoke'] = () => new Response(null, { status: 503 })
    expect(await browser.send('/auth/logout')).toMatchObject({ status: 303 })
    expect(browser.cookies.size).toBe(0)
  })
  it.each<[Readonly<Record<string, string>>, number]>([
    [{ 'sec-fetch-site': 'cross-site' }, 403], [{ 'sec-fetch-site': 'same-site' }, 403], [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 303], [{ 'sec-fetch-site': 'none' }, 303], [{ origin: BASE }, 303],
  ])('answers a request from elsewhere %j with %i', async (headers, status) => {
    const { web } = setUpWorld()
    const browser = openBrowser(web)
    await browser.signIn()
    expect((await browser.send('/auth/logout', { method: 'POST', headers })).status).toBe(status)
    expect(browser.cookies.size).toBe(status === 403 ? 1 : 0)
  })
})

describe('what scripts ask', () => {
  const csrf = { 'x-csrf': '1' }
  it('is who is signed in, with the header that no other site can send', async () => {
    const { web } = setUpWorld({ parseUser: ({ name }) => ({ name }) })
    const browser = openBrowser(web)
    expect(await browser.send('/auth/user')).toMatchObject({ status: 403 })
    expect(await browser.send('/auth/user', { headers: csrf })).toMatchObject({ status: 401 })
    await browser.signIn()
    const answer = await browser.send('/auth/user', { headers: csrf })
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { user: { name: 'Alice' }, expiresAt: START + 86_400 } })
    expect(await browser.send('/auth/user', { headers: { 'x-csrf': '' } })).toMatchObject({ status: 403 })
    expect(await browser.send('/auth/user', { method: 'POST', headers: csrf })).toMatchObject({ status: 405 })
  })

  const proxied = (token: 'user' | 'client' | 'userOrClient' | 'userOrNone' | 'none') => {
    const set = setUpWorld({ proxy: [{ path: '/api', target: 'https://api.example/v1/', token }, { path: '/api/deep', target: 'https://deep.example', token: 'none' }] })
    set.answers['https://api.example/v1/orders'] = async (request) =>
      Response.json({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() }, { headers: { 'set-cookie': 'other=1' } })
    return set
  }
  it.each([
    ['user', true, 'Bearer at-1'], ['user', false, 401], ['client', true, 'Bearer own-2'], ['client', false, 'Bearer own-1'], ['userOrClient', true, 'Bearer at-1'], ['userOrClient', false, 'Bearer own-1'],
    ['userOrNone', true, 'Bearer at-1'], ['userOrNone', false, undefined], ['none', true, undefined], ['none', false, undefined],
  ] as const)('passes on with the token of %s, signed in: %s, as %s', async (token, isSignedIn, expected) => {
    const { web } = proxied(token)
    const browser = openBrowser(web)
    if (isSignedIn) await browser.signIn()
    const answer = await browser.send('/api/orders', { headers: csrf })
    expect(answer.status).toBe(expected === 401 ? 401 : 200)
    const { headers } = await answer.json() as { headers?: Record<string, string> }
    expect(headers?.['authorization'] ?? (expected === 401 ? 401 : undefined)).toBe(expected)
  })
  it('passes on method, query and body, and keeps cookies and credentials to itself', async () => {
    const { web } = proxied('user')
    const browser = openBrowser(web)
    await browser.signIn()
    const answer = await browser.send('/api/orders?a=1&b=2', { method: 'POST', body: 'hello', headers: { ...csrf, authorization: 'Bearer mine', accept: 'text/x', origin: BASE, 'x-forwarded-for': '1.2.3.4' } })
    const seen = await answer.json() as { headers: Record<string, string> }
    expect(seen).toMatchObject({ method: 'POST', url: 'https://api.example/v1/orders?a=1&b=2', body: 'hello', headers: { accept: 'text/x', authorization: 'Bearer at-1' } })
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['cookie']))
    expect(answer.headers.get('set-cookie')).toBeNull()
  })
  it('is not passed on without the header, nor anywhere but below its path', async () => {
    const { web, asked } = proxied('none')
    const browser = openBrowser(web)
    expect(await browser.send('/api/orders')).toMatchObject({ status: 403 })
    for (const path of ['/apix', '/api/../secret', '/other', '/api/%2e%2e/secret']) expect(await browser.send(path, { headers: csrf })).toMatchObject({ status: 404 })
    expect(asked).toEqual([])
    await browser.send('/api/..%2fsecret', { headers: csrf })
    await browser.send('/api/deep/x', { headers: csrf })
    expect(asked.map(({ url }) => url)).toEqual(['https://api.example/v1/..%2fsecret', 'https://deep.example/x'])
  })
  it('is not passed on when its body is larger than can be held', async () => {
    const { web, asked } = proxied('none')
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) })
    expect(await openBrowser(web).send('/api/orders', { method: 'POST', headers: csrf, body: endless, duplex: 'half' } as RequestInit)).toMatchObject({ status: 413 })
    expect(asked).toEqual([])
  })
  it('may not learn of a redirect by following it', async () => {
    const { web, answers, paths } = proxied('user')
    answers['https://api.example/v1/orders'] = () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })
    const browser = openBrowser(web)
    await browser.signIn()
    expect(await browser.send('/api/orders', { headers: csrf })).toMatchObject({ status: 307 })
    expect(paths()).toEqual(['/token', '/v1/orders'])
  })
})

it('is not concerned with any other request', async () => {
  const { web } = setUpWorld()
  for (const path of ['/', '/auth', '/auth/', '/auth/login/', '/authx/login', '/auth/backchannel-logout']) expect(await web.handle(openBrowser(web).request(path))).toBeUndefined()
})
