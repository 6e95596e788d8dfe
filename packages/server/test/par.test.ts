import { SignJWT } from 'jose'
import { PUSHED_REQUEST_PREFIX, type RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { ALICE, asking, askingWeb, authorizeUrl, browserFor, codeOf, type Page, type Parameters, returned } from './browser.ts'
import { conflictBlind } from './conflict-blind.ts'
import { ISSUER, type Issuer, refused, START, WEB_SECRET } from './issuer.ts'
import { askingAs, expectPage, expectReturned, expectUnpushed, pairs, pushed, pushedUrl, pushRequest, REQUESTING, requestIssuer, requestObject } from './requests.ts'
import { basic, BASIC_CHALLENGE, claimsOf, EVIL, expectError, redeeming, redeemingWeb, tokenRequest, tokensOf, WEB } from './tokens.ts'

const SPA = { target: 'https://spa.example/cb' }

describe('PAR-1 a push', () => {
  it('is answered with a request_uri that nobody guesses, kept by digest for a minute', async () => {
    const issuer = requestIssuer()
    const answer = await issuer.fetch(pushRequest(asking()))
    const { request_uri, ...rest } = (await answer.json()) as { request_uri: string }
    expect([answer.status, Object.fromEntries(answer.headers), rest]).toEqual([201, { 'content-type': 'application/json', 'cache-control': 'no-store' }, { expires_in: 60 }])
    expect(request_uri).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
    expect(issuer.stored()).not.toContain(request_uri.slice(PUSHED_REQUEST_PREFIX.length))
    expect(issuer.events).toMatchObject([{ event: 'issued', endpoint: 'pushed_authorization_request', client_id: 'spa', issued: ['request_uri'] }])
  })
  it('keeps no credentials', async () => {
    const issuer = requestIssuer()
    await pushed(issuer, asking({ client_id: 'post', client_secret: WEB_SECRET, redirect_uri: 'https://rp.example/cb', code_challenge: undefined, code_challenge_method: undefined }))
    expect(issuer.stored()).not.toContain(WEB_SECRET)
    expect(issuer.count('pushed_request')).toBe(1)
  })
  it('may be made by any way in which clients authenticate', async () => {
    const signer = REQUESTING.find(({ client_id }) => client_id === 'signer')
    const { client_secret: _, ...keyed } = signer ?? { client_id: '' }
    const issuer = requestIssuer({ clients: [...REQUESTING.filter(({ client_id }) => client_id !== 'signer'), { ...keyed, token_endpoint_auth_method: 'private_key_jwt' }] })
    const client_assertion = await new SignJWT({ iss: 'signer', sub: 'signer', aud: ISSUER, exp: START + 60, jti: 'j1' }).setProtectedHeader({ alg: 'ES256', kid: 'es' }).sign(pairs.ES256.privateKey)
    const asserting = { ...askingAs('signer'), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion }
    const request_uri = await pushed(issuer, asserting)
    expect(returned(await browserFor(issuer).authorize({ client_id: 'signer', request_uri })).code).toBeDefined()
    expect(issuer.stored()).not.toContain(client_assertion)
    await expectError(await issuer.fetch(pushRequest(asserting)), 401, 'invalid_client')
    await pushed(issuer, askingWeb({ client_id: undefined }), WEB)
  })
  it('may come from a script of a registered origin', async () => {
    const issuer = requestIssuer()
    const answer = await issuer.fetch(pushRequest(asking(), { origin: 'https://spa.example' }))
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([201, 'https://spa.example'])
  })
  it('lives as long as its client may have it', async () => {
    const issuer = requestIssuer({ clients: [{ ...REQUESTING[0], client_id: 'spa', policy: { consent: 'never', pushedRequestLifetime: 300 } }] })
    const answer = await issuer.fetch(pushRequest(asking()))
    const { request_uri, expires_in } = (await answer.json()) as { request_uri: string; expires_in: number }
    issuer.pass(299)
    expect([expires_in, (await issuer.fetch(new Request(pushedUrl(request_uri)))).status]).toEqual([300, 303])
    issuer.pass(1)
    await expectPage(issuer, 'pushed_request_expired', 'invalid_request_uri', pushedUrl(request_uri))
  })
})

describe('PAR-3 a push that is refused', () => {
  it.each<[string, RefusalKey, number, string, Parameters | string, Record<string, string>]>([
    ['J01 without a secret', 'client_authentication_method_mismatch', 401, 'invalid_client', askingWeb(), {}],
    ['J01 with a wrong secret', 'client_secret_wrong', 401, 'invalid_client', askingWeb(), basic('web', 'x'.repeat(32))],
    ['by nobody', 'client_missing', 401, 'invalid_client', asking({ client_id: undefined }), {}],
    ['for another client', 'client_authentication_repeated', 400, 'invalid_request', asking(), WEB],
    ['J01 PAR-2 with request_uri', 'pushed_request_refers', 400, 'invalid_request', asking({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }), {}],
    ['J02 with an address that is not registered', 'redirect_uri_unregistered', 400, 'invalid_request', asking({ redirect_uri: 'https://evil.example/cb' }), {}],
    ['PAR-8 without an address', 'redirect_uri_missing', 400, 'invalid_request', asking({ redirect_uri: undefined }), {}],
    ['J02 PAR-8 for a token', 'response_type_not_allowed', 400, 'unsupported_response_type', asking({ response_type: 'token' }), {}],
    ['J02 for a scope that is not allowed', 'scope_not_allowed', 400, 'invalid_scope', asking({ scope: 'openid admin' }), {}],
    ['PAR-7 without a challenge', 'code_challenge_missing', 400, 'invalid_request', asking({ code_challenge: undefined, code_challenge_method: undefined }), {}],
    ['PAR-7 with a plain one', 'code_challenge_method_unsupported', 400, 'invalid_request', asking({ code_challenge_method: 'plain' }), {}],
    ['with an ID Token of somebody else', 'id_token_hint_not_ours', 400, 'invalid_request', asking({ id_token_hint: 'x' }), {}],
    ['with registration', 'registration_not_supported', 400, 'registration_not_supported', asking({ registration: '{}' }), {}],
    ['with two states', 'parameter_repeated', 400, 'invalid_request', `${new URLSearchParams(asking())}&state=b`, {}],
    ['with more than 64 KiB', 'body_too_large', 413, 'invalid_request', asking({ state: 'x'.repeat(70_000) }), {}],
    ['in JSON', 'content_type_unsupported', 400, 'invalid_request', '{}', { 'content-type': 'application/json' }],
  ])('%s', async (_, key, status, error, body, headers) => {
    const request = pushRequest(body, headers)
    await expectUnpushed(requestIssuer(), key, status, error, request, status === 401 && 'authorization' in headers ? BASIC_CHALLENGE : {})
  })
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('J01 PAR-1 by %s', async (method) => {
    await expectUnpushed(requestIssuer(), 'method_not_allowed', 405, 'invalid_request', new Request(`${ISSUER}/par`, { method }), { allow: 'POST' })
  })
  it('in its URL', async () => {
    await expectUnpushed(requestIssuer(), 'parameters_in_query', 400, 'invalid_request', new Request(`${ISSUER}/par?client_id=spa`, { method: 'POST', body: new URLSearchParams(asking()) }))
  })
})

describe('PAR-4 a browser that brings a request_uri', () => {
  it('J07 needs client_id beside it, and nothing else is heard', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking({ scope: 'openid email', state: 'pushed', resource: undefined }))
    const evil = new URLSearchParams({ redirect_uri: 'https://evil.example/cb', scope: 'openid admin', code_challenge: 'x', state: 'outside', response_type: 'token', response_mode: 'form_post', prompt: 'none', request: 'x' })
    const page = await browserFor(issuer).open(pushedUrl(request_uri, 'spa', `&${evil}&state=twice`))
    expect(new URL(page.url).pathname).toBe('/login')
    const { code = '', state } = returned(await browserFor(issuer).authorize({ client_id: 'spa', request_uri, ...Object.fromEntries(evil) }))
    const { scope } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
    expect([state, scope]).toEqual(['pushed', 'openid email'])
  })
  it('brings what a signed object asked for, and only that', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, { request: await requestObject('jar', { state: undefined, resource: ['https://api.example.com'], scope: 'openid api' }), state: 'outside', scope: 'openid email' }, basic('jar', WEB_SECRET))
    const { code = '', ...rest } = returned(await browserFor(issuer).authorize({ client_id: 'jar', request_uri }))
    const { scope, id_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://rp.example/cb' }), basic('jar', WEB_SECRET))))
    expect([rest, scope, claimsOf(id_token).nonce]).toEqual([{ iss: ISSUER }, 'api', 'inside'])
  })
  it('may bring it by POST', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking({ prompt: 'none' }))
    const answer = await issuer.fetch(new Request(`${ISSUER}/authorize`, { method: 'POST', body: new URLSearchParams({ client_id: 'spa', request_uri }) }))
    expect(returned(answer)).toMatchObject({ error: 'login_required', state: 'S1' })
  })
  it('J03 for another client gets nowhere, and harms nothing', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, askingWeb(), WEB)
    await expectPage(issuer, 'pushed_request_of_another_client', 'invalid_request_uri', pushedUrl(request_uri, 'evil'))
    const code = await codeOf(browserFor(issuer), { client_id: 'web', request_uri })
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
    expect((await issuer.fetch(tokenRequest(redeemingWeb(code), EVIL))).status).toBe(400)
  })
  it('J04 with its last character cut, or of nobody', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking())
    for (const text of [request_uri.slice(0, -1), PUSHED_REQUEST_PREFIX, `${request_uri}x`]) await expectPage(issuer, 'pushed_request_unknown', 'invalid_request_uri', pushedUrl(text))
    await expectReturned(issuer, 'request_uri_not_supported', 'request_uri_not_supported', authorizeUrl(asking({ request_uri: request_uri.toUpperCase() })), SPA)
  })
  it('J04 after a minute is too late', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking())
    issuer.pass(60)
    await expectPage(issuer, 'pushed_request_expired', 'invalid_request_uri', pushedUrl(request_uri))
  })
  it('is told what is no longer allowed', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking({ scope: 'openid api' }))
    const narrowed = requestIssuer({ store: issuer.store, clients: REQUESTING.map((client) => (client.client_id === 'spa' ? { ...client, scope: 'openid' } : client)) })
    await expectReturned(narrowed, 'scope_not_allowed', 'invalid_scope', pushedUrl(request_uri), SPA)
  })
})

/** Opens a pushed request and comes to the login page. */
const loginPage = async (browser: ReturnType<typeof browserFor>, request_uri: string, client_id = 'spa'): Promise<Page> => browser.open(pushedUrl(request_uri, client_id))

describe('PAR-5 a pushed request is good for one answer', () => {
  it('J05 may be opened again until then, and answered after its minute', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const request_uri = await pushed(issuer, asking())
    const first = await loginPage(browser, request_uri)
    expect((await browser.open(first.url)).fields).toEqual(first.fields)
    const second = await loginPage(browser, request_uri)
    expect(second.url).not.toBe(first.url)
    issuer.pass(300)
    const answer = await browser.submit(second, ALICE.login)
    expect(returned(answer)).toMatchObject({ state: 'S1', code: expect.any(String) as string })
  })
  it('J04 not for a second, in the same or in another tab', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const request_uri = await pushed(issuer, asking())
    const waiting = await loginPage(browser, request_uri)
    await codeOf(browser, { client_id: 'spa', request_uri })
    await expectPage(issuer, 'pushed_request_used', 'invalid_request_uri', pushedUrl(request_uri))
    const late = await browser.submit(waiting, ALICE.login)
    expect([late.status, late.headers.get('location'), issuer.refusals().at(-1), issuer.count('authorization_code')]).toEqual([400, null, 'pushed_request_used', 1])
  })
  it('not for a second without a question', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser)
    const request_uri = await pushed(issuer, asking({ prompt: 'none' }))
    expect(returned(await browser.send(pushedUrl(request_uri))).code).toBeDefined()
    const again = await browser.send(pushedUrl(request_uri))
    expect([again.status, issuer.refusals().at(-1)]).toEqual([400, 'pushed_request_used'])
  })
  it('the same code is told to a double click', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const page = await loginPage(browser, await pushed(issuer, asking()))
    const answers = [await browser.submit(page, ALICE.login), await browser.submit(page, ALICE.login)]
    expect(new Set(answers.map((answer) => returned(answer).code)).size).toBe(1)
    expect(issuer.count('authorization_code')).toBe(1)
  })
  it('the answer may be no', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const request_uri = await pushed(issuer, askingWeb(), WEB)
    const denied = await browser.authorize({ client_id: 'web', request_uri }, { ...ALICE, consent: { decision: 'deny' } })
    expect(returned(denied).error).toBe('access_denied')
    await expectPage(issuer, 'pushed_request_used', 'invalid_request_uri', pushedUrl(request_uri, 'web'))
  })
  it('a refusal without the user leaves it good', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking({ prompt: 'none' }))
    const browser = browserFor(issuer)
    expect(returned(await browser.send(pushedUrl(request_uri))).error).toBe('login_required')
    await codeOf(browser)
    expect(returned(await browser.send(pushedUrl(request_uri))).code).toBeDefined()
  })
  it('what is swept is gone, and nothing that waits is harmed before', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const request_uri = await pushed(issuer, asking())
    const page = await loginPage(browser, request_uri)
    issuer.pass(1_799)
    await issuer.store.sweep(issuer.now(), 100)
    expect(returned(await browser.submit(page, ALICE.login)).code).toBeDefined()
    issuer.pass(7_200)
    await issuer.store.sweep(issuer.now(), 100)
    await expectPage(issuer, 'pushed_request_unknown', 'invalid_request_uri', pushedUrl(request_uri))
  })
  it('is kept for a user who takes hours and begins anew', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    let page = await loginPage(browser, await pushed(issuer, asking()))
    for (let hours = 0; hours < 4; hours++) {
      issuer.pass(3_600)
      await issuer.store.sweep(issuer.now(), 100)
      page = await browser.open(page.url)
    }
    expect(returned(await browser.submit(page, ALICE.login)).code).toBeDefined()
  })
})

const TABS = 50

/** Finishes one pushed request in many tabs of one browser at once, and answers how often it ended in a code. */
async function finishedInTabs(issuer: Issuer): Promise<{ codes: number; rows: number; others: ReadonlySet<number> }> {
  const browser = browserFor(issuer)
  await codeOf(browser)
  const before = issuer.count('authorization_code')
  const request_uri = await pushed(issuer, asking({ client_id: 'par', prompt: 'consent' }))
  const pages = await Promise.all(Array.from({ length: TABS }, () => loginPage(browser, request_uri, 'par')))
  const answers = await Promise.all(pages.map((page) => browser.submit(page, { decision: 'allow' })))
  const codes = new Set(answers.flatMap((answer) => returned(answer).code ?? []))
  return { codes: codes.size, rows: issuer.count('authorization_code') - before, others: new Set(answers.map(({ status }) => status)) }
}

describe('J06 one request_uri in 50 tabs at once', () => {
  it('ends in one code, and a page for the others', async () => {
    for (let round = 0; round < 10; round++) expect(await finishedInTabs(requestIssuer())).toEqual({ codes: 1, rows: 1, others: new Set([303, 400]) })
  })
  it('would be noticed: a store without conflicts has more than one code', async () => {
    for (let round = 0; round < 5; round++) expect((await finishedInTabs(requestIssuer({ store: conflictBlind() }))).codes).toBeGreaterThan(1)
  })
})

describe('J08 PAR-6 a client that must push', () => {
  it('is refused what comes through the browser', async () => {
    const issuer = requestIssuer()
    await expectReturned(issuer, 'pushed_request_missing', 'invalid_request', authorizeUrl(asking({ client_id: 'par' })), SPA)
    await expectReturned(issuer, 'pushed_request_missing', 'invalid_request', authorizeUrl(asking({ client_id: 'par', request: 'x' })), SPA)
    await expectPage(issuer, 'pushed_request_missing', 'invalid_request', authorizeUrl({ client_id: 'par' }))
  })
  it('gets its code by pushing', async () => {
    const issuer = requestIssuer()
    const request_uri = await pushed(issuer, asking({ client_id: 'par' }))
    const code = await codeOf(browserFor(issuer), { client_id: 'par', request_uri })
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: 'par' }))))
  })
})

describe('a push when the store is away', () => {
  it('is told so, and can be tried again', async () => {
    const issuer = requestIssuer()
    const { store } = issuer
    let isAway = true
    const failing = requestIssuer({ store: { ...store, commit: (writes) => (isAway && writes.some(({ kind }) => kind === 'pushed_request') ? Promise.reject(new Error('disk')) : store.commit(writes)) } })
    await failing.ready()
    const answer = await refused(failing, 'temporarily_unavailable', () => failing.fetch(pushRequest(asking())))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    isAway = false
    await pushed(failing, asking())
  })
})
