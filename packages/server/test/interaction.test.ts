import type { RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { ALICE, asking, askingWeb, authorizeUrl, BOB, type Browser, browserFor, codeOf, type Page, pageOf, returned } from './browser.ts'
import { ISSUER, type Issuer, refused, START, testIssuer } from './issuer.ts'
import { claimsOf, redeeming, redeemingWeb, tokenRequest, tokensOf, WEB } from './tokens.ts'

const SESSION = '__Host-latchkey-session'
const BROWSER = '__Host-latchkey-browser'

/** The consent page of the client `web`, with alice signed in. */
async function atConsent(browser: Browser, changes: Record<string, string> = {}, user = ALICE): Promise<Page> {
  const page = await browser.open(authorizeUrl(askingWeb({ scope: 'openid email', ...changes })))
  return new URL(page.url).pathname === '/consent' ? page : browser.open(String((await browser.submit(page, user.login)).headers.get('location')))
}

async function expectPage(issuer: Issuer, key: RefusalKey, status: number, act: () => Promise<Response>): Promise<void> {
  const answer = await refused(issuer, key, act)
  expect([answer.status, answer.headers.get('location'), answer.headers.get('content-type'), answer.headers.getSetCookie()]).toEqual([status, null, 'text/html; charset=utf-8', []])
  expect((await pageOf('', answer)).text).toContain(answer.headers.get('trace-id'))
}

describe('A, signing in and consenting', () => {
  it('A22 A27 goes from page to page by 303, and keeps the password to itself', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(askingWeb()))
    for (const shown of [page]) {
      expect(Object.fromEntries(shown.answer.headers)).toEqual({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
    }
    const toConsent = await browser.submit(page, { username: 'alice', password: 'a secret password' })
    const consent = await browser.open(String(toConsent.headers.get('location')))
    expect(consent.text).toContain('Web &lt;App&gt; asks alice for openid')
    const back = await browser.submit(consent, ALICE.consent)
    for (const answer of [toConsent, back]) {
      expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('referrer-policy'), await answer.text()]).toEqual([303, 'no-store', 'no-referrer', ''])
      expect(answer.headers.get('location')).not.toContain('password')
    }
    expect(toConsent.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-latchkey-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/), expect.stringMatching(/^__Host-latchkey-state=[\w-]{43}; Max-Age=43200; Path=\/; Secure; SameSite=None$/)])
    expect(returned(back)).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as string, session_state: expect.stringMatching(/^[\w-]{43}\.[\w-]{27}$/) as string, state: 'S1', iss: ISSUER })
    expect(issuer.events).toEqual([{ event: 'issued', trace: expect.stringMatching(/^[\w-]{27}$/) as string, at: START, endpoint: 'consent', client_id: 'web', issued: ['code'] }])
    for (const secret of [...browser.cookies.values(), returned(back).code, 'a secret password']) expect(issuer.stored() + JSON.stringify(issuer.events)).not.toContain(secret)
  })
  it('A08 V11 V07 takes nothing from the browser but the answer', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const first = await browser.open(authorizeUrl(askingWeb({ scope: 'openid' })))
    const extra = { response_type: 'token', scope: 'openid admin', client_id: 'evil', redirect_uri: 'https://evil.example/cb', return_to: '//evil.example' }
    const tampered = { ...first, url: `${first.url}&${new URLSearchParams(extra)}` }
    const consent = await browser.open(String((await browser.submit(tampered, { ...ALICE.login, ...extra })).headers.get('location')))
    const back = await browser.submit({ ...consent, url: `${consent.url}&${new URLSearchParams(extra)}` }, { ...ALICE.consent, ...extra })
    expect(back.headers.get('location')).toMatch(/^https:\/\/rp\.example\/cb\?code=[\w-]{43}&session_state=[\w.-]+&state=S1&iss=https%3A%2F%2Fas\.example$/)
    expect((await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(returned(back).code ?? ''), WEB)))).scope).toBe('openid')
  })
  it('AUTHZ-12 denied, tells the client and forgets the request', async () => {
    const issuer = testIssuer()
    for (const start of [async (browser: Browser) => browser.open(authorizeUrl(askingWeb())), atConsent]) {
      const browser = browserFor(issuer)
      const page = await start(browser)
      const answer = await browser.submit(page, { decision: 'deny' })
      expect([answer.status, returned(answer)]).toEqual([303, { error: 'access_denied', error_description: 'The user denied the request.', state: 'S1', iss: ISSUER }])
      expect([issuer.refusals().at(-1), answer.headers.get('trace-id') !== null, issuer.count('interaction'), issuer.count('authorization')]).toEqual(['access_denied', true, 0, 0])
      await expectPage(issuer, 'interaction_unknown', 400, () => browser.submit(page, { decision: 'deny' }))
    }
  })
  it('AUTHZ-14 remembers consent for what was allowed, and asks for more', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, askingWeb({ scope: 'openid email' }))
    for (const scope of ['openid', 'openid email']) expect(returned(await browser.send(authorizeUrl(askingWeb({ scope, prompt: 'none' })))).code).toMatch(/^[\w-]{43}$/)
    expect(returned(await refused(issuer, 'consent_required', () => browser.send(authorizeUrl(askingWeb({ scope: 'openid phone', prompt: 'none' }))))).error).toBe('consent_required')
    await codeOf(browser, askingWeb({ scope: 'phone' }))
    expect(returned(await browser.send(authorizeUrl(askingWeb({ scope: 'openid email phone', prompt: 'none' })))).code).toMatch(/^[\w-]{43}$/)
    expect(issuer.count('consent')).toBe(1)
  })
  it('A10 prompt=none shows no page and begins nothing', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await refused(issuer, 'login_required', () => browser.send(authorizeUrl(askingWeb({ prompt: 'none' }))))
    await codeOf(browser)
    const answer = await refused(issuer, 'consent_required', () => browser.send(authorizeUrl(askingWeb({ prompt: 'none' }))))
    expect(returned(answer)).toEqual({ error: 'consent_required', error_description: 'The user has not consented.', state: 'S1', iss: ISSUER })
  })
  it('AUTHZ-6 prompt=login, select_account and consent ask again', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, askingWeb())
    for (const [prompt, path] of [['login', '/login'], ['select_account', '/login'], ['consent', '/consent'], ['nosuch', '/cb']]) {
      const { answer, url } = await browser.open(authorizeUrl(askingWeb({ prompt })))
      expect(new URL(answer.headers.get('location') ?? url).pathname).toBe(path)
    }
    issuer.pass(60)
    const code = await codeOf(browser, asking({ prompt: 'login' }))
    expect(claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))).id_token).auth_time).toBe(START + 60)
  })
  it('AUTHZ-6 a client that asks always', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser, asking({ client_id: 'always' }))
    expect((await browser.open(authorizeUrl(asking({ client_id: 'always' })))).url).toMatch(/\/consent\?/)
    await refused(issuer, 'consent_required', () => browser.send(authorizeUrl(asking({ client_id: 'always', prompt: 'none' }))))
  })
  it('A11 AUTHZ-6 max_age: signs in again when it is exceeded, and leaves auth_time alone when not', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const authTime = async (max_age: string) => claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(await codeOf(browser, asking({ max_age }))))))).id_token).auth_time
    expect(await authTime('100')).toBe(START)
    issuer.pass(100)
    expect(await authTime('100')).toBe(START)
    issuer.pass(1)
    await refused(issuer, 'login_required', () => browser.send(authorizeUrl(asking({ max_age: '100', prompt: 'none' }))))
    expect(await authTime('100')).toBe(START + 101)
    issuer.pass(1)
    expect(await authTime('0')).toBe(START + 102)
  })
  it('a session ends when it is old, and when its user is disabled', async () => {
    const issuer = testIssuer({ sessionLifetime: 600 })
    const browser = browserFor(issuer)
    await codeOf(browser)
    issuer.pass(599)
    await codeOf(browser, asking({ prompt: 'none' }))
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await refused(issuer, 'login_required', () => browser.send(authorizeUrl(asking({ prompt: 'none' }))))
    issuer.accounts.set('alice', { sub: 'alice', active: true, claims: {} })
    issuer.pass(1)
    await refused(issuer, 'login_required', () => browser.send(authorizeUrl(asking({ prompt: 'none' }))))
  })
  it('a disabled user who signs in is asked again, and gets nothing', async () => {
    const issuer = testIssuer()
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    const browser = browserFor(issuer)
    const answer = await browser.submit(await browser.open(authorizeUrl(asking())), ALICE.login)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/as\.example\/login\?interaction=/)
    expect(issuer.count('authorization')).toBe(0)
  })
  it('V05 a new session id at each sign-in, and the old one is dead', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    browser.cookies.set(SESSION, 'f'.repeat(43))
    await codeOf(browser)
    const first = browser.cookies.get(SESSION) ?? ''
    expect(first).not.toBe('f'.repeat(43))
    await codeOf(browser, asking({ prompt: 'login' }))
    const second = browser.cookies.get(SESSION) ?? ''
    expect([second === first, issuer.count('session')]).toEqual([false, 1])
    for (const [cookie, key] of [[first, 'login_required'], ['f'.repeat(43), 'login_required']] as const) await refused(issuer, key, () => browser.send(authorizeUrl(asking({ prompt: 'none' })), { headers: { cookie: `${SESSION}=${cookie}` } }))
    await codeOf(browser, asking({ prompt: 'none' }))
  })
  it('keeps the public name of the session for the same user, and not for another', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const sid = async (user = ALICE) => claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(await codeOf(browser, asking({ prompt: 'login' }), user)))))).id_token).sid
    const [first, again, other] = [await sid(), await sid(), await sid(BOB)]
    expect([first === again, first === other]).toEqual([true, false])
  })
})

describe('A, V, interactions that do not go on', () => {
  it('A24 in another browser, signed in or not', async () => {
    const issuer = testIssuer()
    const [mallory, alice] = [browserFor(issuer), browserFor(issuer)]
    await codeOf(alice)
    for (const page of [await mallory.open(authorizeUrl(askingWeb({ prompt: 'login' }))), await atConsent(mallory, {}, BOB)]) {
      await expectPage(issuer, 'interaction_of_another_browser', 400, () => alice.send(page.url))
      await expectPage(issuer, 'interaction_of_another_browser', 400, () => alice.submit(page, { ...ALICE.login, ...ALICE.consent }))
      await expectPage(issuer, 'interaction_of_another_browser', 400, () => issuer.send(new Request(page.url)))
    }
    expect(issuer.count('authorization')).toBe(1)
  })
  it('V04 from another site, or without the token of the page', async () => {
    const issuer = testIssuer()
    const [browser, other] = [browserFor(issuer), browserFor(issuer)]
    const page = await atConsent(browser)
    for (const site of ['cross-site', 'same-site']) await expectPage(issuer, 'interaction_forged', 403, () => browser.submit(page, ALICE.consent, { 'sec-fetch-site': site }))
    const foreign = (await atConsent(other)).fields.csrf ?? ''
    const second = (await browser.open(authorizeUrl(askingWeb({ scope: 'openid email', prompt: 'consent' })))).fields.csrf ?? ''
    for (const csrf of [foreign, second, '', 'x'.repeat(43)]) await expectPage(issuer, 'interaction_forged', 403, () => browser.submit(page, { ...ALICE.consent, csrf }))
    expect((await browser.send(`${page.url}&decision=allow&csrf=${page.fields.csrf}`)).status).toBe(200)
    expect(issuer.count('authorization')).toBe(0)
    expect(returned(await browser.submit(page, ALICE.consent)).code).toMatch(/^[\w-]{43}$/)
  })
  it('V10 a sign-in that is not complete counts for nothing', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const login = await browser.open(authorizeUrl(askingWeb()))
    expect((await browser.submit(login, {})).headers.get('location')).toBe(login.url)
    expect(new URL((await browser.open(authorizeUrl(askingWeb()))).url).pathname).toBe('/login')
    expect(returned(await browser.send(authorizeUrl(askingWeb({ prompt: 'none' })))).error).toBe('login_required')
    const skipped = await browser.submit({ ...login, url: login.url.replace('/login?', '/consent?') }, { decision: 'allow' })
    expect([skipped.status, skipped.headers.get('location')]).toEqual([303, login.url])
    expect([issuer.count('session'), issuer.count('authorization'), issuer.count('consent')]).toEqual([0, 0, 0])
  })
  it('with a form that can not be read', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await atConsent(browser)
    await expectPage(issuer, 'content_type_unsupported', 400, () => browser.send(page.url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
    await expectPage(issuer, 'parameter_repeated', 400, () => browser.send(page.url, { method: 'POST', body: 'csrf=a&csrf=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
    await expectPage(issuer, 'body_too_large', 413, () => browser.submit(page, { username: 'a'.repeat(70_000) }))
  })
  it('without, with an unknown and after an expired handle', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await atConsent(browser)
    for (const query of ['', '?interaction=', '?interaction=nosuch', `?interaction=${'x'.repeat(43)}`, `?${new URL(page.url).search.slice(1)}&interaction=x`]) await expectPage(issuer, 'interaction_unknown', 400, () => browser.send(`${ISSUER}/consent${query}`))
    issuer.pass(7_200)
    await expectPage(issuer, 'interaction_expired', 400, () => browser.send(page.url))
    await expectPage(issuer, 'interaction_expired', 400, () => browser.submit(page, ALICE.consent))
  })
  it('that waited too long begin anew for the browser that began them, and a sign-in within them counts no longer', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const start = await browser.open(authorizeUrl(askingWeb({ prompt: 'login' })))
    const page = await browser.open((await browser.submit(start, ALICE.login)).headers.get('location') ?? '')
    issuer.pass(1_800)
    await expectPage(issuer, 'interaction_of_another_browser', 400, () => browserFor(issuer).send(page.url))
    expect((await browser.send(page.url)).status).toBe(200)
    issuer.pass(1_800)
    const again = await browser.submit(page, ALICE.consent)
    expect(again.headers.get('location')).toMatch(/\/login\?interaction=/)
    const signedIn = await browser.submit(await browser.open(again.headers.get('location') ?? ''), ALICE.login)
    const asked = await browser.open(signedIn.headers.get('location') ?? '')
    expect(returned(await browser.submit(asked, ALICE.consent)).code).toMatch(/^[\w-]{43}$/)
  })
  it('of a client that was deleted meanwhile', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await atConsent(browser)
    const without = testIssuer({ store: issuer.store, clients: [] })
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    await expectPage(without, 'authorize_client_unknown', 400, () => without.send(new Request(page.url, { headers: { cookie } })))
  })
  it('tells a script in JSON', async () => {
    const issuer = testIssuer()
    const answer = await refused(issuer, 'interaction_unknown', () => issuer.send(new Request(`${ISSUER}/login`, { headers: { accept: 'application/json' } })))
    expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([400, 'application/json', { error: 'invalid_request', error_description: 'This sign-in can not go on. Go back to the application and start again.' }])
  })
  it('allowed by somebody who was not asked, asks them', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await atConsent(browser)
    await browser.authorize(asking({ prompt: 'login' }), BOB)
    const answer = await browser.submit(page, ALICE.consent)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, page.url])
    expect(issuer.count('consent')).toBe(0)
    const asked = await browser.open(page.url)
    expect(asked.text).toContain('asks bob for')
    expect(returned(await browser.submit(asked, ALICE.consent)).code).toMatch(/^[\w-]{43}$/)
  })
  it('allowed after the session ended, asks to sign in and then again', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await atConsent(browser)
    browser.cookies.delete(SESSION)
    const answer = await browser.submit(page, ALICE.consent)
    expect(answer.headers.get('location')).toMatch(/\/login\?interaction=/)
    expect(issuer.count('authorization')).toBe(0)
  })
})

describe('A, interactions that end twice', () => {
  it('A25 a double click on Allow gives one code', async () => {
    for (let round = 0; round < 50; round++) {
      const issuer = testIssuer({ algorithms: ['ES256'] })
      const browser = browserFor(issuer)
      const page = await atConsent(browser)
      const answers = await Promise.all([browser.submit(page, ALICE.consent), browser.submit(page, ALICE.consent)])
      const late = await browser.submit(page, ALICE.consent)
      expect(new Set([...answers, late].map((answer) => returned(answer).code)).size).toBe(1)
      expect([issuer.count('authorization_code'), issuer.count('authorization'), issuer.count('consent')]).toEqual([1, 1, 1])
    }
  })
  it('A25 a double click on Sign in gives one code', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(asking()))
    const answers = await Promise.all([browser.submit(page, ALICE.login), browser.submit(page, ALICE.login)])
    expect(new Set(answers.map((answer) => returned(answer).code)).size).toBe(1)
    expect([issuer.count('authorization_code'), returned(await browser.submit(page, ALICE.login)).code]).toEqual([1, returned(answers[0] ?? new Response()).code])
  })
  it('A25 the code of one user is not told to the next', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(asking()))
    await browser.submit(page, ALICE.login)
    const answer = await browser.submit(page, BOB.login)
    expect([answer.status, answer.headers.get('location'), issuer.refusals()]).toEqual([400, null, ['interaction_unknown']])
  })
  it('A29 two tabs end in reverse order, each at its own client', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const one = await browser.open(authorizeUrl(asking({ state: 'one', nonce: 'n-one' })))
    const two = await browser.open(authorizeUrl(asking({ client_id: 'native', redirect_uri: 'com.example.app:/cb', state: 'two', nonce: 'n-two' })))
    const codeIn = (answer: Response) => /code=([\w-]{43})/.exec(answer.headers.get('location') ?? '')?.[1] ?? ''
    const second = await browser.submit(two, BOB.login)
    const ofBob = await tokensOf(await issuer.fetch(tokenRequest(redeeming(codeIn(second), { client_id: 'native', redirect_uri: 'com.example.app:/cb' }))))
    const first = await browser.submit(one, ALICE.login)
    expect(first.headers.get('location')).toMatch(/^https:\/\/spa\.example\/cb\?code=[\w-]{43}&session_state=[\w.-]+&state=one&/)
    expect(second.headers.get('location')).toMatch(/^com\.example\.app:\/cb\?code=[\w-]{43}&state=two&/)
    const tokens = [await tokensOf(await issuer.fetch(tokenRequest(redeeming(codeIn(first))))), ofBob]
    expect(tokens.map(({ id_token }) => claimsOf(id_token)).map(({ aud, nonce, sub }) => [aud, nonce, sub])).toEqual([['spa', 'n-one', 'alice'], ['native', 'n-two', 'bob']])
  })
})

describe('V, response_mode=form_post', () => {
  it('V03 HYB-5 posts home by one script that its policy names, every value escaped', async () => {
    const issuer = testIssuer()
    const state = '"><script>alert(1)</script>'
    const answer = await browserFor(issuer).authorize(askingWeb({ response_mode: 'form_post', state }))
    const text = await answer.text()
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    const script = /<script>(.*?)<\/script>/.exec(text)?.[1] ?? ''
    const hash = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script)))))
    expect(Object.fromEntries(answer.headers)).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-${hash}'; form-action https://rp.example`,
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).toContain('<form method="post" action="https://rp.example/cb">')
    expect([...text.matchAll(/<input type="hidden" name="(.*?)" value="(.*?)" \/>/g)].map(([, name, value]) => [name, value])).toEqual([
      ['code', expect.stringMatching(/^[\w-]{43}$/)],
      ['session_state', expect.stringMatching(/^[\w-]{43}\.[\w-]{27}$/)],
      ['state', '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
      ['iss', ISSUER],
    ])
    expect(text).toContain('<button type="submit">')
  })
  it('ERR-4 posts errors too, with the trace', async () => {
    const issuer = testIssuer()
    const answer = await refused(issuer, 'login_required', () => browserFor(issuer).send(authorizeUrl(askingWeb({ response_mode: 'form_post', prompt: 'none' }))))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('<input type="hidden" name="error" value="login_required" />')
  })
  it('ERR-4 a fragment when it is asked for', async () => {
    const answer = await browserFor(testIssuer()).authorize(asking({ response_mode: 'fragment' }))
    expect(answer.headers.get('location')).toMatch(/^https:\/\/spa\.example\/cb#code=[\w-]{43}&session_state=[\w.-]+&state=S1&iss=/)
  })
})

describe('A12 AUTHZ-7 id_token_hint', () => {
  it('is taken for what it says when it is ours', async () => {
    const issuer = testIssuer()
    const [alice, bob] = [browserFor(issuer), browserFor(issuer)]
    const hintFrom = async (browser: Browser, user = ALICE) => (await tokensOf(await issuer.fetch(tokenRequest(redeeming(await codeOf(browser, asking(), user)))))).id_token
    const [own, other] = [await hintFrom(alice), await hintFrom(bob, BOB)]
    issuer.pass(3_600)
    const silent = async (id_token_hint: string) => alice.send(authorizeUrl(asking({ prompt: 'none', id_token_hint })))
    expect(returned(await silent(own)).code).toMatch(/^[\w-]{43}$/)
    expect(returned(await refused(issuer, 'login_required', () => silent(other))).error).toBe('login_required')
    const foreign = testIssuer()
    const stranger = (await tokensOf(await foreign.fetch(tokenRequest(redeeming(await codeOf(browserFor(foreign))))))).id_token
    const sibling = testIssuer({ store: issuer.store, issuer: 'https://other.example' })
    const parameters = new URLSearchParams(asking({ prompt: 'none', id_token_hint: own }))
    await refused(sibling, 'id_token_hint_not_ours', () => sibling.fetch(new Request(`https://other.example/authorize?${parameters}`)))
    const [, payload = ''] = own.split('.')
    for (const hint of [stranger, `${btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '')}.${payload}.`, 'x', `${own}A`]) expect(returned(await refused(issuer, 'id_token_hint_not_ours', () => silent(hint))).error).toBe('invalid_request')
    expect((await alice.open(authorizeUrl(asking({ id_token_hint: other })))).url).toMatch(/\/login\?/)
    expect(returned(await browserFor(issuer).authorize(asking({ id_token_hint: other }), ALICE)).error).toBe('login_required')
    expect(returned(await browserFor(issuer).authorize(asking({ id_token_hint: other }), BOB)).code).toMatch(/^[\w-]{43}$/)
    expect(alice.cookies.has(BROWSER)).toBe(true)
    expect(returned(await alice.send(authorizeUrl(asking({ prompt: 'none' })))).code).toMatch(/^[\w-]{43}$/)
  })
})
