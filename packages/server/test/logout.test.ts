import { describe, expect, it } from 'vitest'
import { ALICE, authorizeUrl, BOB, type Browser, browserFor, codeOf, type Page, pageOf, returned } from './browser.ts'
import { ISSUER, type Issuer, refused } from './issuer.ts'
import { askingFor, logoutIssuer, relyingParties, signInTo } from './relying-parties.ts'
import { claimsOf, expectError, forged, isAlive, redeeming, refreshing, tokenRequest } from './tokens.ts'

const END = `${ISSUER}/end_session`
const BYE = 'https://shop.example/bye'
type Fields = Readonly<Record<string, string>>
const asked = (fields: Fields): string => `${END}?${new URLSearchParams(fields)}`

/** Whether a browser has a session, as a client finds out without a page. */
async function isSignedIn(browser: Browser): Promise<boolean> {
  const { code, error } = returned(await browser.send(authorizeUrl(askingFor('plain', { prompt: 'none' }))))
  expect(code === undefined ? error : 'code').toBe(code === undefined ? 'login_required' : 'code')
  return code !== undefined
}

/** The page that asks whether to sign out. */
async function askedOn(browser: Browser, fields: Fields): Promise<Page> {
  const page = await browser.open(asked(fields))
  expect([new URL(page.url).pathname, page.answer.status, page.answer.headers.get('x-frame-options')]).toEqual(['/logout', 200, 'DENY'])
  expect(page.fields).toHaveProperty('csrf')
  return page
}

async function signedInToShop(user = ALICE): Promise<{ issuer: Issuer; browser: Browser; id_token: string }> {
  const issuer = logoutIssuer()
  const browser = browserFor(issuer)
  const { id_token } = await signInTo('shop', browser, issuer, user)
  return { issuer, browser, id_token }
}

describe('LOGOUT, a client asks with the ID Token of the session', () => {
  it.each([
    ['GET', (browser: Browser, fields: Fields) => browser.send(asked(fields))],
    ['POST', (browser: Browser, fields: Fields) => browser.send(END, { method: 'POST', body: new URLSearchParams(fields), headers: { 'sec-fetch-site': 'cross-site' } })],
  ])('LOGOUT-1 LOGOUT-2 by %s: signs out and goes to the registered address with the state, and nothing else', async (_, send) => {
    const { browser, id_token } = await signedInToShop()
    const answer = await send(browser, { id_token_hint: id_token, post_logout_redirect_uri: BYE, state: 'a b&c=ü', client_id: 'shop', logout_hint: 'alice', ui_locales: 'de' })
    expect([answer.status, answer.headers.get('location'), answer.headers.get('cache-control')]).toEqual([303, `${BYE}?state=a%20b%26c%3D%C3%BC`, 'no-store'])
    expect(answer.headers.getSetCookie().map((cookie) => /^([^=]+)=;.*Max-Age=0/.exec(cookie)?.[1])).toEqual(['__Host-latchkey-session', '__Host-latchkey-browser', '__Host-latchkey-state'])
    expect(await isSignedIn(browser)).toBe(false)
  })
  it('LOGOUT-2 adds to a query byte for byte, and sends no state that was not sent', async () => {
    const { browser, id_token } = await signedInToShop()
    const answer = await browser.send(asked({ id_token_hint: id_token, post_logout_redirect_uri: `${BYE}?a=1%202` }))
    expect(answer.headers.get('location')).toBe(`${BYE}?a=1%202`)
  })
  it('LOGOUT-1 by POST of another site without cookies: is asked again by GET, so that the cookies come with it', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    const without = await issuer.fetch(new Request(END, { method: 'POST', body: new URLSearchParams({ id_token_hint: id_token, state: 'ü' }), headers: { 'sec-fetch-site': 'cross-site' } }))
    expect([without.status, without.headers.getSetCookie()]).toEqual([303, []])
    expect(new URL(without.headers.get('location') ?? '').searchParams.get('id_token_hint')).toBe(id_token)
    expect(await isSignedIn(browser)).toBe(true)
    expect((await browser.send(without.headers.get('location') ?? '')).status).toBe(200)
    expect(await isSignedIn(browser)).toBe(false)
  })
  it('LOGOUT-1 L03 takes an ID Token that has expired', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    issuer.pass(3_600)
    expect(Number(claimsOf(id_token).exp)).toBeLessThan(issuer.now())
    expect((await browser.send(asked({ id_token_hint: id_token, post_logout_redirect_uri: BYE }))).headers.get('location')).toBe(BYE)
    expect(await isSignedIn(browser)).toBe(false)
  })
  it('LOGOUT-2 goes back also when there is no session any more', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    issuer.pass(43_200)
    expect((await browser.send(asked({ id_token_hint: id_token, post_logout_redirect_uri: BYE }))).headers.get('location')).toBe(BYE)
    expect((await browserFor(issuer).send(asked({ id_token_hint: id_token, post_logout_redirect_uri: BYE }))).headers.get('location')).toBe(BYE)
  })
  it('LOGOUT-3 shows that the user is signed out, in words that stay, when nobody says where to go', async () => {
    const { browser, id_token } = await signedInToShop()
    const answer = await browser.send(asked({ id_token_hint: id_token, state: 'S' }))
    expect([answer.status, answer.headers.get('location'), await answer.text()]).toEqual([200, null, expect.stringContaining('<h1>Signed out</h1>')])
    expect(await isSignedIn(browser)).toBe(false)
  })
})

describe('LOGOUT, the user is asked', () => {
  const page = (fields: Fields) => async (browser: Browser) => askedOn(browser, fields)
  it.each<[string, (id_token: string) => Fields]>([
    ['L01 nothing', () => ({})],
    ['only state', () => ({ state: 'S' })],
    ['only a client_id', () => ({ client_id: 'shop' })],
    ['L02 no hint', () => ({ client_id: 'shop', post_logout_redirect_uri: BYE })],
    ['L02 no hint and no client_id', () => ({ post_logout_redirect_uri: BYE, state: 'S' })],
    ['L03 alg none', (id_token) => ({ id_token_hint: forged(id_token, claimsOf(id_token), { alg: 'none', typ: 'JWT' }).replace(/[^.]*$/, ''), post_logout_redirect_uri: BYE })],
    ['L03 another signature', (id_token) => ({ id_token_hint: forged(id_token, { ...claimsOf(id_token), iat: 1 }), post_logout_redirect_uri: BYE })],
    ['no JWT', () => ({ id_token_hint: 'x', post_logout_redirect_uri: BYE })],
    ['a client_id that is not the audience', (id_token) => ({ id_token_hint: id_token, client_id: 'mail', post_logout_redirect_uri: 'https://mail.example/bye' })],
  ])('LOGOUT-3 with %s: the session stays until the user says so, and there is no redirect', async (_, fields) => {
    const { browser, id_token } = await signedInToShop()
    const question = await page(fields(id_token))(browser)
    expect(await isSignedIn(browser)).toBe(true)
    const answer = await browser.submit(question, { decision: 'allow' })
    expect([answer.status, answer.headers.get('location'), answer.headers.get('refresh')]).toEqual([200, null, null])
    const text = await answer.text()
    expect(text).toContain('<h1>Signed out</h1>')
    expect(text).not.toContain('http-equiv="refresh"')
    expect(await isSignedIn(browser)).toBe(false)
  })
  it.each<[string, string]>([
    ['of nobody', 'https://evil.example/'],
    ['L02 of another client than the audience', 'https://mail.example/bye'],
    ['with another query', `${BYE}?x=1`],
    ['with another path', `${BYE}/`],
    ['L02 of a script', 'javascript:alert(1)'],
  ])('LOGOUT-3 goes to no address %s, hint or not', async (_, post_logout_redirect_uri) => {
    const { browser, id_token } = await signedInToShop()
    const answer = await browser.send(asked({ id_token_hint: id_token, post_logout_redirect_uri, state: 'S' }))
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    expect(await answer.text()).not.toContain('href')
  })
  it('LOGOUT-2 offers the way back as a link when only client_id says who asks', async () => {
    const { browser } = await signedInToShop()
    const question = await askedOn(browser, { client_id: 'shop', post_logout_redirect_uri: BYE, state: 'S' })
    expect(question.text).toContain('Shop &lt;1&gt;')
    expect(await (await browser.submit(question, { decision: 'allow' })).text()).toContain(`<a href="${BYE}?state=S">`)
  })
  it('L04 the ID Token of bob signs alice out only if she wants, and she goes where his client asks', async () => {
    const { issuer, id_token } = await signedInToShop(BOB)
    const alice = browserFor(issuer)
    await signInTo('plain', alice, issuer, ALICE)
    const question = await askedOn(alice, { id_token_hint: id_token, post_logout_redirect_uri: BYE })
    expect(await isSignedIn(alice)).toBe(true)
    const answer = await alice.submit(question, { decision: 'allow' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, BYE])
    expect(await isSignedIn(alice)).toBe(false)
  })
  it('L04 an ID Token of an earlier session of the same user ends the session now only after a question', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    await browser.send(asked({ id_token_hint: id_token }))
    await signInTo('shop', browser, issuer)
    await askedOn(browser, { id_token_hint: id_token })
    expect(await isSignedIn(browser)).toBe(true)
  })
  it('LOGOUT-3 stays when the user wants to, and says so without a redirect', async () => {
    const { browser, id_token, issuer } = await signedInToShop(BOB)
    const alice = browserFor(issuer)
    await signInTo('plain', alice, issuer, ALICE)
    const answer = await alice.submit(await askedOn(alice, { id_token_hint: id_token, post_logout_redirect_uri: BYE }), { decision: 'deny' })
    expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([200, null, []])
    expect(await answer.text()).toContain('<h1>Still signed in</h1>')
    expect([await isSignedIn(alice), await isSignedIn(browser)]).toEqual([true, true])
  })
  it('asks again when another session has begun since it asked', async () => {
    const { issuer, browser } = await signedInToShop()
    const question = await askedOn(browser, {})
    await codeOf(browser, askingFor('plain', { prompt: 'login' }), BOB)
    const again = await browser.submit(question, { decision: 'allow' })
    expect([again.status, again.headers.get('location')]).toEqual([303, question.url])
    expect(await isSignedIn(browser)).toBe(true)
    const shown = await pageOf(question.url, await browser.send(question.url))
    expect(shown.text).toContain('asks bob')
    expect((await browser.submit(shown, { decision: 'allow' })).status).toBe(200)
    expect([await isSignedIn(browser), issuer.count('session')]).toEqual([false, 0])
  })
  it('at the page itself, whoever comes by themselves', async () => {
    const { browser } = await signedInToShop()
    const question = await browser.open(`${ISSUER}/logout`)
    expect(question.fields).toHaveProperty('csrf')
    expect(await isSignedIn(browser)).toBe(true)
    expect((await browser.submit(question, { decision: 'allow' })).status).toBe(200)
    expect(await isSignedIn(browser)).toBe(false)
    expect(await (await browser.send(`${ISSUER}/logout`)).text()).toContain('<h1>Signed out</h1>')
  })
})

describe('L, a logout that somebody else wants', () => {
  it('L01 an image of another site, which brings no session, takes nothing away', async () => {
    const { issuer, browser } = await signedInToShop()
    for (const path of ['/end_session', '/logout']) {
      const answer = await issuer.send(new Request(`${ISSUER}${path}`, { headers: { 'sec-fetch-site': 'cross-site', cookie: `__Host-latchkey-state=${browser.cookies.get('__Host-latchkey-state')}` } }))
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
    }
    expect([await isSignedIn(browser), issuer.count('interaction')]).toEqual([true, 1])
  })
  it('V04 the form is taken only from the page, in the browser that was asked', async () => {
    const { issuer, browser } = await signedInToShop()
    const question = await askedOn(browser, {})
    const other = browserFor(issuer)
    await signInTo('plain', other, issuer, BOB)
    await refused(issuer, 'interaction_forged', () => browser.submit({ ...question, fields: {} }, { decision: 'allow' }))
    await refused(issuer, 'interaction_forged', () => browser.submit(question, { decision: 'allow' }, { 'sec-fetch-site': 'cross-site' }))
    await refused(issuer, 'interaction_of_another_browser', () => other.submit(question, { decision: 'allow' }))
    await refused(issuer, 'interaction_unknown', async () => browser.submit({ ...question, url: question.url.replace(/=.*/, `=${'x'.repeat(43)}`) }, { decision: 'allow' }))
    expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([true, true])
  })
  it('no other question can be answered on the logout page, nor this one elsewhere', async () => {
    const { issuer, browser } = await signedInToShop()
    const login = await browser.open(authorizeUrl(askingFor('plain', { prompt: 'login' })))
    await refused(issuer, 'interaction_unknown', () => browser.send(login.url.replace('/login', '/logout')))
    await refused(issuer, 'interaction_unknown', () => browser.submit({ ...login, url: login.url.replace('/login', '/logout') }, { decision: 'allow' }))
    const question = await askedOn(browser, {})
    const elsewhere = await browser.submit({ ...question, url: question.url.replace('/logout', '/consent') }, { decision: 'allow' })
    expect(elsewhere.headers.get('location')).toBe(question.url)
    expect(await isSignedIn(browser)).toBe(true)
  })
  it.each<[string, string, string]>([
    ['a parameter twice', 'state=1&state=2', 'parameter_repeated'],
    ['a broken encoding', 'state=%zz', 'form_malformed'],
    ['a parameter without end', `post_logout_redirect_uri=${'x'.repeat(5_000)}`, 'parameter_too_long'],
  ])('LOGOUT-3 %s is an error page', async (_, query, key) => {
    const { issuer, browser } = await signedInToShop()
    const answer = await refused(issuer, key as 'form_malformed', () => browser.send(`${END}?${query}`))
    expect([answer.status, answer.headers.get('location'), answer.headers.get('content-type')]).toEqual([400, null, 'text/html; charset=utf-8'])
    expect(await isSignedIn(browser)).toBe(true)
  })
  it('LOGOUT-2 a client that is switched off proves nothing', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    const off = logoutIssuer(relyingParties(), { store: issuer.store, clients: [{ client_id: 'shop', enabled: false, token_endpoint_auth_method: 'none', redirect_uris: ['https://shop.example/cb'], scope: 'openid', post_logout_redirect_uris: [BYE] }] })
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await off.send(new Request(asked({ id_token_hint: id_token, post_logout_redirect_uri: BYE }), { headers: { cookie } }))
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
  })
})

describe('LOGOUT-4 L05 after it', () => {
  it('the cookies from before open nothing, on no node, and the interactions of the browser are dead', async () => {
    const { issuer, browser, id_token } = await signedInToShop()
    const consent = await browser.open(authorizeUrl(askingFor('plain', { prompt: 'login' })))
    const before = new Map(browser.cookies)
    await browser.send(asked({ id_token_hint: id_token }))
    const replayed = browserFor(logoutIssuer(relyingParties(), { store: issuer.store }))
    for (const [name, value] of before) replayed.cookies.set(name, value)
    expect([await isSignedIn(replayed), await isSignedIn(browser)]).toEqual([false, false])
    await refused(issuer, 'interaction_of_another_browser', () => browser.submit(consent, ALICE.login))
  })
  it('what rested on the session is dead, and offline access is not', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    const online = await signInTo('shop', browser, issuer)
    const offline = await signInTo('mail', browser, issuer, ALICE, 'openid offline_access')
    const code = await codeOf(browser, askingFor('plain', { scope: 'openid offline_access' }))
    await browser.send(asked({ id_token_hint: online.id_token }))
    expect([await isAlive(issuer, online.access_token), await isAlive(issuer, offline.access_token)]).toEqual([false, true])
    expect((await issuer.fetch(tokenRequest(refreshing(offline.refresh_token, { client_id: 'mail' })))).status).toBe(200)
    await expectError(await refused(issuer, 'authorization_revoked', () => issuer.fetch(tokenRequest(redeeming(code, { client_id: 'plain', redirect_uri: 'https://plain.example/cb' })))), 400, 'invalid_grant')
  })
  it('LOGOUT-5 every client of a session has the same sid, and the next session another', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    const [shop, mail] = [await signInTo('shop', browser, issuer), await signInTo('mail', browser, issuer)]
    await browser.send(asked({ id_token_hint: shop.id_token }))
    const again = await signInTo('shop', browser, issuer)
    const sids = [shop, mail, again].map(({ id_token }) => claimsOf(id_token).sid)
    expect(sids[0]).toBe(sids[1])
    expect(new Set(sids).size).toBe(2)
  })
})

describe('LOGOUT-6 the front channel', () => {
  it('loads the page of each client in a frame, with iss and sid, and then goes on by itself or by a link', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    await signInTo('shop', browser, issuer)
    await signInTo('both', browser, issuer)
    const { id_token } = await signInTo('news', browser, issuer)
    const sid = String(claimsOf(id_token).sid)
    const answer = await browser.send(asked({ id_token_hint: id_token, post_logout_redirect_uri: 'https://news.example/bye', state: 'S"<' }))
    expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([200, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; frame-src https://both.example https://news.example"])
    const text = await answer.text()
    const frames = [...text.matchAll(/<iframe src="([^"]*)"/g)].map(([, src = '']) => src.replaceAll('&amp;', '&'))
    expect(frames.sort()).toEqual([`https://both.example/front?iss=${encodeURIComponent(ISSUER)}&sid=${sid}`, `https://news.example/logout?from=as&iss=${encodeURIComponent(ISSUER)}&sid=${sid}`])
    expect(text).toContain('<meta http-equiv="refresh" content="2;url=https://news.example/bye?state=S%22%3C" />')
    expect(text).toContain('<a href="https://news.example/bye?state=S%22%3C">')
    expect(text).not.toContain('<script')
    expect(await isSignedIn(browser)).toBe(false)
  })
  it('loads them again for a second click, though the session is gone', async () => {
    const issuer = logoutIssuer()
    const browser = browserFor(issuer)
    await signInTo('news', browser, issuer)
    const question = await askedOn(browser, {})
    const both = await Promise.all([browser.submit(question, { decision: 'allow' }), browser.submit(question, { decision: 'allow' })])
    for (const answer of both) expect(await answer.text()).toContain('<iframe src="https://news.example/logout')
    expect(issuer.events.filter(({ event }) => event === 'session_ended')).toHaveLength(1)
  })
})

describe('the sessions of a server', () => {
  it('are listed for their user, and ended by their sid', async () => {
    const parties = relyingParties()
    const issuer = logoutIssuer(parties)
    const [phone, laptop] = [browserFor(issuer), browserFor(issuer)]
    const { id_token } = await signInTo('shop', phone, issuer)
    issuer.pass(10)
    await signInTo('plain', laptop, issuer)
    await signInTo('plain', browserFor(issuer), issuer, BOB)
    const [newest, oldest, ...more] = await issuer.sessions.list('alice')
    const sid = String(claimsOf(id_token).sid)
    expect([newest?.createdAt, oldest, more]).toEqual([issuer.now(), { sub: 'alice', sid, auth_time: issuer.now() - 10, amr: ['pwd'], createdAt: issuer.now() - 10, expiresAt: issuer.now() - 10 + 43_200 }, []])
    await issuer.sessions.end(sid)
    await issuer.sessions.end(sid)
    await issuer.sessions.end('no such session')
    expect([await isSignedIn(phone), await isSignedIn(laptop), parties.told.length]).toEqual([false, true, 1])
    issuer.pass(43_200)
    expect(await issuer.sessions.list('alice')).toEqual([])
  })
  it('LOGOUT-7 end when another user signs in with the browser, and their clients are told', async () => {
    const parties = relyingParties()
    const issuer = logoutIssuer(parties)
    const browser = browserFor(issuer)
    const { id_token, access_token } = await signInTo('shop', browser, issuer)
    await codeOf(browser, askingFor('plain', { prompt: 'login' }), ALICE)
    expect(parties.told).toEqual([])
    await codeOf(browser, askingFor('plain', { prompt: 'login' }), BOB)
    expect(parties.told.map(({ url }) => url)).toEqual(['https://shop.example/logout'])
    expect(issuer.events.find(({ event }) => event === 'session_ended')).toMatchObject({ sub: 'alice', sid: claimsOf(id_token).sid })
    expect([await isAlive(issuer, access_token), await isSignedIn(browser)]).toEqual([false, true])
  })
})
