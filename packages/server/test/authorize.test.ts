import { describe, expect, it } from 'vitest'
import { ALICE, asking, askingWeb, authorizeUrl, browserFor, codeOf, pageOf, returned, VERIFIER } from './browser.ts'
import { ISSUER, type Issuer, refused, testIssuer } from './issuer.ts'
import { claimsOf, redeeming, redeemingWeb, tokenRequest, tokensOf, WEB } from './tokens.ts'
import type { RefusalKey } from '@latchkey/core'

/** PAGE 400: our own page, the error shown, nowhere to go. */
async function expectPage(issuer: Issuer, key: RefusalKey, error: string, url: string, init: RequestInit = {}): Promise<void> {
  const answer = await refused(issuer, key, () => browserFor(issuer).send(url, init))
  const { text } = await pageOf(url, answer)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('location')).toBeNull()
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'")
  expect(answer.headers.get('x-frame-options')).toBe('DENY')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(answer.headers.getSetCookie()).toEqual([])
  expect(text).toContain(`<code>${error}</code>`)
  expect(text).toContain(String(answer.headers.get('trace-id')))
  expect(text).not.toMatch(/evil|http-equiv|<a /i)
}

/** REDIR: back to the client with error, state and iss, and nothing else. */
async function expectReturn(issuer: Issuer, key: RefusalKey, error: string, url: string, state: string | null = 'S1', target = 'https://spa.example/cb'): Promise<void> {
  const answer = await refused(issuer, key, () => browserFor(issuer).send(url))
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toMatch(new RegExp(`^${target}\\?error=${error}&`))
  const { error_description, ...rest } = returned(answer)
  expect(rest).toEqual({ error, iss: ISSUER, ...(state === null ? {} : { state }) })
  expect(error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(answer.headers.getSetCookie()).toEqual([])
  expect(await answer.text()).toBe('')
}

describe('A, refused on a page', () => {
  const issuer = testIssuer()
  it('A01 without client_id', () => expectPage(issuer, 'authorize_client_missing', 'invalid_request', authorizeUrl(asking({ client_id: undefined }))))
  it('A02 with an unknown client', () => expectPage(issuer, 'authorize_client_unknown', 'invalid_client', authorizeUrl(asking({ client_id: 'nosuch', redirect_uri: 'https://evil.example/' }))))
  it('A03 with two clients in the query', () => expectPage(issuer, 'authorize_parameter_repeated', 'invalid_request', authorizeUrl(asking(), '&client_id=evil')))
  it('A03 with one client in the query and one in the body', () =>
    expectPage(issuer, 'authorize_parameter_repeated', 'invalid_request', `${ISSUER}/authorize?client_id=spa`, { method: 'POST', body: new URLSearchParams(asking({ client_id: 'evil', redirect_uri: 'https://evil.example/cb' })) }))
  it('A04 with two redirect URIs, in both orders', async () => {
    const evil = '&redirect_uri=https%3A%2F%2Fevil.example%2Fcb'
    await expectPage(issuer, 'authorize_parameter_repeated', 'invalid_request', authorizeUrl(asking(), evil))
    await expectPage(issuer, 'authorize_parameter_repeated', 'invalid_request', authorizeUrl(asking({ redirect_uri: 'https://evil.example/cb' }), '&redirect_uri=https%3A%2F%2Fspa.example%2Fcb'))
  })
  it('R13 without redirect_uri, one or several registered', async () => {
    await expectPage(issuer, 'redirect_uri_missing', 'invalid_request', authorizeUrl(asking({ redirect_uri: undefined })))
    await expectPage(issuer, 'redirect_uri_missing', 'invalid_request', authorizeUrl(askingWeb({ redirect_uri: undefined })))
  })
  it('ERR-5 with broken encoding, and with too many parameters', async () => {
    await expectPage(issuer, 'form_malformed', 'invalid_request', `${ISSUER}/authorize?client_id=%ff`)
    await expectPage(issuer, 'too_many_parameters', 'invalid_request', authorizeUrl(asking(), '&a'.repeat(101)))
  })
  it('AUTHZ-1 with a body that is no form', () => expectPage(issuer, 'content_type_unsupported', 'invalid_request', `${ISSUER}/authorize`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
  it('tells a program in JSON what it tells a person on a page', async () => {
    const answer = await refused(issuer, 'authorize_client_missing', () => issuer.fetch(new Request(`${ISSUER}/authorize`, { headers: { accept: 'application/json' } })))
    expect({ status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }).toEqual({
      status: 400,
      type: 'application/json',
      body: { error: 'invalid_request', error_description: 'The application did not say who it is.' },
    })
  })
})

describe('R, redirect URIs that nobody registered', () => {
  const issuer = testIssuer()
  const WEB_URIS = {
    R01: ['https://rp.example/cb/', 'https://rp.example/cb?x=1', 'https://rp.example/CB', 'https://rp.example/cb/..;/evil', 'https://rp.example/cb%2f..%2fevil'],
    R02: ['https://rp.example.evil.example/cb', 'https://rp.example@evil.example/cb', 'https://evil.example#@rp.example/cb'],
    R04: ['HTTPS://RP.EXAMPLE/cb', 'https://rp.example:443/cb', 'http://rp.example/cb'],
    R05: ['https://rp.example/cb%252f..%252fevil', 'https://rp.example/cb\u0000', 'https://rp.example/cb\r\nLocation: https://evil.example', '\thttps://rp.example/cb', 'https://rp.example/cb '],
    R06: ['https://fooXrp.example/cb'],
    R09: ['javascript:alert(1)//https://rp.example/cb', 'data:text/html,x', 'vbscript:x', 'blob:https://rp.example/cb'],
    R12: ['https://rp.example:8443/cb'],
    R16: ['https://[::1/cb', 'https://rp.example:99999/cb', 'http://[fe80::1%25eth0]/cb', ':'.repeat(30_000)],
  }
  for (const [name, uris] of Object.entries(WEB_URIS)) {
    it.each(uris.map((uri) => [uri.slice(0, 60), uri]))(`${name} %j`, (_, uri) => expectPage(issuer, 'redirect_uri_unregistered', 'invalid_request', authorizeUrl(askingWeb({ redirect_uri: uri }))))
  }
  const NATIVE_URIS = {
    R11: ['http://127.0.0.1:51004/evil', 'http://localhost:51004/cb', 'http://127.0.0.1.evil.example:80/cb', 'http://[::1]:5/cb', 'https://127.0.0.1:5/cb', 'http://127.0.0.1:99999/cb', 'http://127.0.0.1:5@evil.example/cb'],
    R17: ['com.example.app://cb', 'COM.EXAMPLE.APP:/cb', 'com.example.app:/cb/../x'],
  }
  for (const [name, uris] of Object.entries(NATIVE_URIS)) {
    it.each(uris)(`${name} %s`, (uri) => expectPage(issuer, 'redirect_uri_unregistered', 'invalid_request', authorizeUrl(asking({ client_id: 'native', redirect_uri: uri }))))
  }
  it('R10 a loopback address on any port', async () => {
    const answer = await browserFor(issuer).authorize(asking({ client_id: 'native', redirect_uri: 'http://127.0.0.1:51004/cb' }))
    expect(answer.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:51004\/cb\?code=[A-Za-z0-9_-]{43}&session_state=[\w.-]+&state=S1&iss=https%3A%2F%2Fas\.example$/)
  })
  it('R14 AUTHZ-3 keeps the query of a registered address byte for byte', async () => {
    const answer = await browserFor(issuer).authorize(askingWeb({ redirect_uri: 'https://rp.example/cb?a=1%202' }))
    expect(answer.headers.get('location')).toMatch(/^https:\/\/rp\.example\/cb\?a=1%202&code=[A-Za-z0-9_-]{43}&session_state=[\w.-]+&state=S1&iss=https%3A%2F%2Fas\.example$/)
  })
  it('R15 the other address of the same client does not redeem, and spends nothing', async () => {
    const code = await codeOf(browserFor(issuer), askingWeb())
    const answer = await refused(issuer, 'redirect_uri_mismatch', () => issuer.fetch(tokenRequest(redeemingWeb(code, { redirect_uri: 'https://rp.example/cb2' }), WEB)))
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_grant', error_description: 'The authorization code is not valid.' }])
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
  })
})

describe('A, P, refusals that travel back', () => {
  const issuer = testIssuer()
  type Case = readonly [what: string, key: RefusalKey, error: string, parameters: Record<string, string>, extra?: string, state?: string | null]
  const CASES: readonly Case[] = [
    ['A06 without response_type', 'response_type_missing', 'invalid_request', asking({ response_type: undefined })],
    ['AUTHZ-4 with an unknown response_type', 'response_type_unsupported', 'unsupported_response_type', asking({ response_type: 'nosuch' })],
    ['A09 with prompt=none login', 'prompt_contradictory', 'invalid_request', asking({ prompt: 'none login' })],
    ['A10 with prompt=none and nobody signed in', 'login_required', 'login_required', asking({ prompt: 'none' })],
    ['A11 with max_age=-1', 'max_age_malformed', 'invalid_request', asking({ max_age: '-1' })],
    ['A11 with max_age=1e9999', 'max_age_malformed', 'invalid_request', asking({ max_age: '1e9999' })],
    ['A11 with max_age=abc', 'max_age_malformed', 'invalid_request', asking({ max_age: 'abc' })],
    ['A15 with a scope of others', 'scope_not_allowed', 'invalid_scope', asking({ scope: 'openid admin' })],
    ['A23 with a scope that no scope can be', 'scope_malformed', 'invalid_scope', asking({ scope: '"' })],
    ['P01 without code_challenge', 'code_challenge_missing', 'invalid_request', asking({ code_challenge: undefined, code_challenge_method: undefined })],
    ['P01 with a method alone', 'code_challenge_missing', 'invalid_request', asking({ code_challenge: undefined })],
    ['P02 with plain', 'code_challenge_method_unsupported', 'invalid_request', asking({ code_challenge_method: 'plain' })],
    ['P02 without a method', 'code_challenge_method_unsupported', 'invalid_request', asking({ code_challenge_method: undefined })],
    ['P02 with s256', 'code_challenge_method_unsupported', 'invalid_request', asking({ code_challenge_method: 's256' })],
    ['P02 with S512', 'code_challenge_method_unsupported', 'invalid_request', asking({ code_challenge_method: 'S512' })],
    ['P07 with a challenge of 42', 'code_challenge_malformed', 'invalid_request', asking({ code_challenge: 'a'.repeat(42) })],
    ['P07 with a challenge of 44', 'code_challenge_malformed', 'invalid_request', asking({ code_challenge: 'a'.repeat(44) })],
    ['P07 with padding', 'code_challenge_malformed', 'invalid_request', asking({ code_challenge: `${'a'.repeat(43)}=` })],
    ['P07 with + and /', 'code_challenge_malformed', 'invalid_request', asking({ code_challenge: `${'a'.repeat(41)}+/` })],
    ['P09 with two challenges', 'parameter_repeated', 'invalid_request', asking(), `&code_challenge=${'a'.repeat(43)}`],
    ['A05 with two states', 'parameter_repeated', 'invalid_request', asking(), '&state=b', null],
    ['ERR-6 with a nonce that is too long', 'parameter_too_long', 'invalid_request', asking({ nonce: 'n'.repeat(2_049) })],
    ['A13 with a state of 100,000 characters', 'parameter_too_long', 'invalid_request', asking({ state: 's'.repeat(100_000) }), '', null],
    ['RFC 8707 §2 with an unknown resource', 'resource_unknown', 'invalid_target', asking({ resource: 'https://rs2.example' })],
    ['ERR-4 with an unknown response_mode', 'response_mode_unsupported', 'invalid_request', asking({ response_mode: 'nosuch' })],
    ['POL-4 with request', 'request_not_supported', 'request_not_supported', asking({ request: 'e30.e30.' })],
    ['J09 with request_uri', 'request_uri_not_supported', 'request_uri_not_supported', asking({ request_uri: 'http://169.254.169.254/' })],
    ['POL-4 with registration', 'registration_not_supported', 'registration_not_supported', asking({ registration: '{}' })],
  ]
  for (const [what, key, error, parameters, extra = '', state = 'S1'] of CASES) it(what, () => expectReturn(issuer, key, error, authorizeUrl(parameters, extra), state))
  it('J09 goes nowhere, whoever is asked for', () => expect(issuer.count('interaction')).toBe(0))
})

describe('A, requests that go through', () => {
  it('A13 ERR-6 A14 carries a state byte for byte', async () => {
    const issuer = testIssuer()
    for (const state of ['s'.repeat(2_048), 'x\r\nSet-Cookie: sid=evil\r\n\r\n<script>', 'ü &=+%20#']) {
      const answer = await browserFor(issuer).authorize(asking({ state }))
      expect(returned(answer).state).toBe(state)
      expect(answer.headers.get('location')).not.toMatch(/[\r\n<>]/)
      expect(answer.headers.getSetCookie().join()).not.toContain('evil')
      expect(await answer.text()).toBe('')
    }
  })
  it('A16 AUTHZ-2 ignores unknown scopes and parameters', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(askingWeb({ scope: 'nosuch openid', display: 'se', claims_locales: 'se', acr_values: 'nosuch', foo: 'bar' })))
    const answer = await browser.submit(page, ALICE.login)
    const consent = await browser.open(String(answer.headers.get('location')))
    expect(consent.text).toContain('asks alice for openid<')
    const { code = '' } = returned(await browser.submit(consent, ALICE.consent))
    const { scope, access_token } = await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
    expect([scope, claimsOf(access_token).scope]).toEqual(['openid', 'openid'])
  })
  it('A19 is no business of scripts of other origins', async () => {
    const issuer = testIssuer()
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const answer = await issuer.fetch(new Request(authorizeUrl(asking()), { method, headers: { origin: 'https://spa.example', 'content-type': 'application/x-www-form-urlencoded' } }))
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
  it('A21 AUTHZ-13 names the issuer in success and in error', async () => {
    const issuer = testIssuer()
    const metadata = (await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as Record<string, unknown>
    const success = await browserFor(issuer).authorize(asking())
    const error = await browserFor(issuer).authorize(asking({ prompt: 'none' }))
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true)
    expect([returned(success).iss, returned(error).iss]).toEqual([metadata.issuer, metadata.issuer])
    expect(success.status).toBe(303)
    expect(Object.keys(returned(success))).toEqual(['code', 'session_state', 'state', 'iss'])
    expect(success.headers.get('cache-control')).toBe('no-store')
  })
  it('AUTHZ-1 takes the same request as a form post', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const answer = await browser.send(`${ISSUER}/authorize`, { method: 'POST', body: new URLSearchParams(asking()) })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/as\.example\/login\?interaction=[A-Za-z0-9_-]{43}$/)
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-latchkey-browser=[A-Za-z0-9_-]{43}; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
  it('AUTHZ-1 asks for a cross-site form again by GET, so that the cookies come with it', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    await codeOf(browser)
    const body = new URLSearchParams(asking({ state: 'a b&c=ü' }))
    const without = await issuer.fetch(new Request(`${ISSUER}/authorize`, { method: 'POST', body, headers: { 'sec-fetch-site': 'cross-site' } }))
    expect(without.status).toBe(303)
    expect(without.headers.getSetCookie()).toEqual([])
    const answer = await browser.send(String(without.headers.get('location')), { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(returned(answer)).toEqual({ code: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string, session_state: expect.any(String) as string, state: 'a b&c=ü', iss: ISSUER })
  })
  it('AUTHZ-11 honours a challenge where none is required', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), asking({ client_id: 'post', redirect_uri: 'https://rp.example/cb' }))
    const form = redeeming(code, { client_id: 'post', client_secret: 'web-secret-for-the-tests-only-0001', redirect_uri: 'https://rp.example/cb' })
    expect((await refused(issuer, 'code_verifier_mismatch', () => issuer.fetch(tokenRequest({ ...form, code_verifier: undefined })))).status).toBe(400)
    expect((await issuer.fetch(tokenRequest({ ...form, code_verifier: VERIFIER }))).status).toBe(200)
  })
  it('answers HEAD without a body', async () => {
    const issuer = testIssuer()
    const answer = await refused(issuer, 'authorize_client_missing', () => issuer.fetch(new Request(`${ISSUER}/authorize`, { method: 'HEAD' })))
    expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([400, 'text/html; charset=utf-8', null])
  })
})
