import { codeChallenge, type RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { asking, askingWeb, browserFor, codeOf, type Parameters, VERIFIER } from './browser.ts'
import { API, CLIENTS, ISSUER, type Issuer, refused, REPORTS, SERVICE_SECRET, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, BASIC_CHALLENGE, claimsOf, EVIL, expectError, forged, isAlive, redeeming, redeemingWeb, refreshing, SERVICE, signedIn, signedInToWeb, tokenRequest, tokensOf, userinfoRequest, WEB } from './tokens.ts'

type Headers = Record<string, string>

/** TOK: refused with this key and error; nothing is issued and nothing is lost. */
async function expectRefused(issuer: Issuer, key: RefusalKey, status: number, error: string, body: Parameters | string, headers: Headers = {}, answered: Record<string, string | null> = {}): Promise<void> {
  await expectError(await refused(issuer, key, () => issuer.fetch(tokenRequest(body, headers))), status, error, answered)
}
const SERVICE_FORM: Parameters = { grant_type: 'client_credentials', scope: 'api' }

describe('TOK, what is issued', () => {
  it('TOK-2 TOK-7 a code becomes tokens', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), asking({ scope: 'openid email offline_access api' }))
    const answer = await issuer.fetch(tokenRequest(redeeming(code)))
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    const body = (await answer.json()) as Record<string, string>
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      token_type: 'Bearer',
      expires_in: 3_600,
      refresh_token: expect.stringMatching(/^[\w-]{43}\.1\.[\w-]{43}$/) as string,
      id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      scope: 'openid email offline_access api',
    })
    expect(claimsOf(body.access_token ?? '')).toEqual({
      iss: ISSUER,
      sub: 'alice',
      aud: [ISSUER, API],
      client_id: 'spa',
      scope: 'openid email offline_access api',
      iat: START,
      exp: START + 3_600,
      auth_time: START,
      amr: ['pwd'],
      jti: expect.stringMatching(/^[\w-]{27}\.[\w-]{27}$/) as string,
    })
    expect(claimsOf(body.id_token ?? '')).toEqual({
      iss: ISSUER,
      sub: 'alice',
      aud: 'spa',
      iat: START,
      exp: START + 300,
      auth_time: START,
      amr: ['pwd'],
      sid: expect.stringMatching(/^[\w-]{27}$/) as string,
      nonce: 'N1',
      at_hash: expect.stringMatching(/^[\w-]{22}$/) as string,
    })
    expect(issuer.events.at(-1)).toEqual({ event: 'issued', trace: expect.stringMatching(/^[\w-]{27}$/) as string, at: START, endpoint: 'token', client_id: 'spa', grant_type: 'authorization_code', issued: ['access_token', 'refresh_token', 'id_token'] })
  })
  it('TOK-8 without openid there is no ID Token', async () => {
    const issuer = testIssuer()
    const code = await codeOf(browserFor(issuer), asking({ scope: 'api' }))
    const body = (await (await issuer.fetch(tokenRequest(redeeming(code)))).json()) as object
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
  })
  it('TOK-9 a client on its own gets an access token and nothing else', async () => {
    const issuer = testIssuer()
    const answer = await issuer.fetch(tokenRequest(SERVICE_FORM, SERVICE))
    const body = (await answer.json()) as Record<string, string>
    expect([answer.status, answer.headers.get('cache-control'), body]).toEqual([200, 'no-store', { access_token: body.access_token, token_type: 'Bearer', expires_in: 3_600, scope: 'api' }])
    expect(claimsOf(body.access_token ?? '')).toEqual({ iss: ISSUER, sub: 'service', aud: API, client_id: 'service', scope: 'api', iat: START, exp: START + 3_600, jti: expect.stringMatching(/^[\w-]{27}$/) as string })
  })
  it('RFC 8707 §2.2 an opaque token for a resource that wants one', async () => {
    const issuer = testIssuer()
    const body = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'client_credentials', resource: REPORTS }, SERVICE)))
    expect(body).toEqual({ access_token: expect.stringMatching(/^[\w-]{43}$/) as string, token_type: 'Bearer', expires_in: 3_600, scope: 'reports' })
    expect(issuer.stored()).not.toContain(body.access_token)
  })
})

describe('T, bad requests', () => {
  const issuer = testIssuer()
  const fresh = () => codeOf(browserFor(issuer))
  it('T01 by another method', async () => {
    const code = await fresh()
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const url = `${ISSUER}/token?${new URLSearchParams(redeeming(code) as Headers)}`
      await expectError(await refused(issuer, 'method_not_allowed', () => issuer.fetch(new Request(url, { method }))), 405, 'invalid_request', { allow: 'POST' })
    }
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
  })
  it('T02 with the parameters in the query', async () => {
    const code = await fresh()
    const query = `?${new URLSearchParams(redeeming(code) as Headers)}`
    for (const body of ['', new URLSearchParams(redeeming(code) as Headers).toString()]) {
      const http = new Request(`${ISSUER}/token${query}`, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      await expectError(await refused(issuer, 'parameters_in_query', () => issuer.fetch(http)), 400, 'invalid_request')
    }
    expect(JSON.stringify(issuer.events)).not.toContain(code)
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
  })
  it('T03 with a body that is no form', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', '', 'application/x-www-form-urlencoded; charset=utf-16']) {
      await expectRefused(issuer, 'content_type_unsupported', 400, 'invalid_request', SERVICE_FORM, { ...SERVICE, 'content-type': type })
    }
  })
  it('T04 with no grant_type, and with one that nobody offers', async () => {
    await expectRefused(issuer, 'parameter_missing', 400, 'invalid_request', {}, SERVICE)
    await expectRefused(issuer, 'parameter_missing', 400, 'invalid_request', { grant_type: '' }, SERVICE)
    await expectRefused(issuer, 'parameter_missing', 400, 'invalid_request', { grant_type: 'authorization_code', client_id: 'spa' })
    for (const grant_type of ['password', 'urn:x:nosuch', 'implicit', '__proto__', 'toString']) await expectRefused(issuer, 'grant_type_unsupported', 400, 'unsupported_grant_type', { grant_type }, SERVICE)
  })
  it('T05 T20 with a grant_type of other clients', async () => {
    const code = await codeOf(browserFor(issuer), askingWeb())
    await expectRefused(issuer, 'grant_type_not_allowed', 400, 'unauthorized_client', redeemingWeb(code), SERVICE)
    await expectRefused(issuer, 'grant_type_not_allowed', 400, 'unauthorized_client', { ...SERVICE_FORM, client_id: 'spa' })
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
  })
  it('T11 P09 with a parameter given twice', async () => {
    const code = await fresh()
    const form = new URLSearchParams(redeeming(code) as Headers).toString()
    for (const extra of [`code=${code}`, 'grant_type=authorization_code', 'client_id=evil', `code_verifier=${VERIFIER}`, 'foo=1&foo=2']) await expectRefused(issuer, 'parameter_repeated', 400, 'invalid_request', `${form}&${extra}`)
    await tokensOf(await issuer.fetch(tokenRequest(form)))
  })
  it('T13 with a body that is too large, declared or not', async () => {
    const large = `a=${'b'.repeat(10_000_000)}`
    await expectRefused(issuer, 'body_too_large', 413, 'invalid_request', large)
    for (const headers of [{}, { 'content-length': 'many' }, { 'content-length': '-1' }]) {
      let pulled = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 16_384
          controller.enqueue(new Uint8Array(16_384).fill(97))
        },
      })
      const http = new Request(`${ISSUER}/token`, { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } } as RequestInit)
      await expectError(await refused(issuer, 'body_too_large', () => issuer.fetch(http)), 413, 'invalid_request')
      expect(pulled).toBeLessThanOrEqual(6 * 16_384)
    }
    const unread = new Request(`${ISSUER}/token`, { method: 'POST', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '65537' } })
    await expectError(await refused(issuer, 'body_too_large', () => issuer.fetch(unread)), 413, 'invalid_request')
    expect(unread.bodyUsed).toBe(false)
    await expectRefused(issuer, 'too_many_parameters', 400, 'invalid_request', '&a'.repeat(30_000))
    await expectRefused(issuer, 'body_too_large', 413, 'invalid_request', 'a'.repeat(1_000_000))
    await expectRefused(issuer, 'parameter_too_long', 400, 'invalid_request', redeeming('c'.repeat(4_097)))
  })
  it('T13 takes a body of just the largest size', async () => {
    const form = 'grant_type=client_credentials&scope=api&x='
    await tokensOf(await issuer.fetch(tokenRequest(form + 'x'.repeat(65_536 - form.length), SERVICE)))
  })
  it('T15 with text that is no UTF-8', async () => {
    const form = 'grant_type=authorization_code&client_id=spa&redirect_uri=x&code_verifier=x&code='
    for (const code of ['%ff%fe', '%c0%af', '%ed%a0%80', '%', '%zz']) await expectRefused(issuer, 'form_malformed', 400, 'invalid_request', form + code)
    const bytes = new Request(`${ISSUER}/token`, { method: 'POST', body: new Uint8Array([...new TextEncoder().encode(form), 0xff, 0xfe]), headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    await expectError(await refused(issuer, 'code_unknown', () => issuer.fetch(bytes)), 400, 'invalid_grant')
    await expectRefused(issuer, 'code_unknown', 400, 'invalid_grant', `${form}%00`)
  })
  it('T16 with names that objects have', async () => {
    const extra = '&__proto__=x&constructor[prototype][isAdmin]=1&toString=1&hasOwnProperty=1'
    const form = new URLSearchParams(SERVICE_FORM as Headers).toString()
    const body = (await (await issuer.fetch(tokenRequest(form + extra, SERVICE))).json()) as object
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined()
    expect(Object.keys((await (await issuer.fetch(tokenRequest(form, SERVICE))).json()) as object)).toEqual(Object.keys(body))
  })
  it('T17 with a scope of 50,000 characters', () => expectRefused(issuer, 'scope_malformed', 400, 'invalid_scope', { ...SERVICE_FORM, scope: 'A'.repeat(50_000) }, SERVICE))
  it('T21 with scopes that a client on its own can not have', async () => {
    await expectRefused(issuer, 'scope_not_allowed', 400, 'invalid_scope', { ...SERVICE_FORM, scope: 'openid offline_access admin' }, SERVICE)
    await expectRefused(issuer, 'scope_needs_user', 400, 'invalid_scope', { ...SERVICE_FORM, scope: 'openid offline_access' }, SERVICE)
    await expectRefused(issuer, 'scope_unknown', 400, 'invalid_scope', { ...SERVICE_FORM, scope: 'nosuch' }, SERVICE)
    await expectRefused(issuer, 'resource_not_granted', 400, 'invalid_target', { ...SERVICE_FORM, resource: REPORTS }, SERVICE)
  })
  it('T19 from a page of another origin', async () => {
    for (const origin of ['null', 'https://evil.example', 'https://spa.example.evil.example']) {
      const answer = await issuer.fetch(tokenRequest(SERVICE_FORM, { ...SERVICE, origin }))
      const preflight = await issuer.fetch(new Request(`${ISSUER}/token`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }))
      expect([answer, preflight].map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([null, null])
    }
  })
  it('T19 from a page of a registered origin', async () => {
    const origin = 'https://spa.example'
    const preflight = await issuer.fetch(new Request(`${ISSUER}/token`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }))
    expect([preflight.status, Object.fromEntries(preflight.headers)]).toEqual([
      204,
      {
        'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
        'access-control-allow-methods': 'POST',
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Trace-Id, Retry-After, Date',
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    ])
    const answer = await issuer.fetch(tokenRequest({ grant_type: 'nosuch', client_id: 'spa' }, { origin }))
    expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-allow-credentials'), answer.headers.get('vary')]).toEqual([400, origin, null, 'Origin'])
  })
})

describe('P, T, codes', () => {
  const issuer = testIssuer()
  const fresh = (changes: Parameters = {}) => codeOf(browserFor(issuer), asking(changes))
  it('P03 P04 P06 P08 TOK-5 without the verifier, or with a wrong one; the code stays good', async () => {
    const code = await fresh()
    for (const code_verifier of [undefined, '', 'w'.repeat(43), codeChallenge(VERIFIER), VERIFIER.slice(0, -1), VERIFIER.slice(0, 42)]) await expectRefused(issuer, 'code_verifier_mismatch', 400, 'invalid_grant', redeeming(code, { code_verifier }))
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
  })
  it('P05 with a verifier that nothing asked for', async () => {
    const secret = { client_id: 'post', client_secret: WEB_SECRET, redirect_uri: 'https://rp.example/cb' }
    const code = await fresh({ client_id: 'post', redirect_uri: 'https://rp.example/cb', code_challenge: undefined, code_challenge_method: undefined })
    await expectRefused(issuer, 'code_verifier_unexpected', 400, 'invalid_grant', redeeming(code, secret))
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { ...secret, code_verifier: undefined }))))
  })
  it('P08 with verifiers of the shortest and longest length, and beyond', async () => {
    for (const length of [43, 128]) {
      const code_verifier = '~._-aZ09'.repeat(16).slice(0, length)
      await tokensOf(await issuer.fetch(tokenRequest(redeeming(await fresh({ code_challenge: codeChallenge(code_verifier) }), { code_verifier }))))
    }
    for (const length of [42, 129]) {
      const code_verifier = 'a'.repeat(length)
      await expectRefused(issuer, 'code_verifier_mismatch', 400, 'invalid_grant', redeeming(await fresh({ code_challenge: codeChallenge(code_verifier) }), { code_verifier }))
    }
  })
  it('T06 TOK-4 replayed after the double submit, ends everything that came of it', async () => {
    const code = await fresh({ scope: 'openid offline_access' })
    const tokens = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
    issuer.pass(5)
    await expectRefused(issuer, 'code_already_redeemed', 400, 'invalid_grant', redeeming(code))
    expect(await isAlive(issuer, tokens.access_token)).toBe(true)
    issuer.pass(1)
    await expectError(await issuer.fetch(tokenRequest(redeeming(code))), 400, 'invalid_grant')
    expect(issuer.refusals().at(-1)).toBe('code_replayed')
    expect(await isAlive(issuer, tokens.access_token)).toBe(false)
    await expectRefused(issuer, 'authorization_revoked', 400, 'invalid_grant', refreshing(tokens.refresh_token))
  })
  it('T07 of another client, which still can redeem it', async () => {
    const code = await codeOf(browserFor(issuer), askingWeb())
    await expectRefused(issuer, 'code_of_another_client', 400, 'invalid_grant', redeemingWeb(code), EVIL)
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
    issuer.pass(60)
    await expectRefused(issuer, 'code_of_another_client', 400, 'invalid_grant', redeemingWeb(code), EVIL)
    expect(issuer.stored()).not.toContain('revokedAt":1800000066')
  })
  it('T09 TOK-4 expired', async () => {
    const [last, late] = [await fresh(), await fresh()]
    issuer.pass(59)
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(last))))
    issuer.pass(1)
    await expectRefused(issuer, 'code_expired', 400, 'invalid_grant', redeeming(late))
  })
  it('T12 with one character less, more or other', async () => {
    const code = await fresh()
    const other = code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A')
    const swapped = code.replace(/[a-zA-Z]/, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    for (const altered of [code.slice(0, -1), `${code}A`, `${code}=`, other, swapped]) await expectRefused(issuer, 'code_unknown', 400, 'invalid_grant', redeeming(altered))
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
  })
  it('T22 after the user was disabled or deleted, or the client deleted', async () => {
    const code = await codeOf(browserFor(issuer), asking(), { login: { username: 'bob' }, consent: {} })
    issuer.accounts.set('bob', { sub: 'bob', active: false, claims: {} })
    await expectRefused(issuer, 'account_inactive', 400, 'invalid_grant', redeeming(code))
    issuer.accounts.delete('bob')
    await expectRefused(issuer, 'account_inactive', 400, 'invalid_grant', redeeming(code))
    const without = testIssuer({ store: issuer.store, clients: CLIENTS.filter(({ client_id }) => client_id !== 'spa') })
    await expectRefused(without, 'client_unknown', 401, 'invalid_client', redeeming(await fresh()))
  })
  it('T24 a credential of one kind in the place of another', async () => {
    const tokens = await signedIn(issuer)
    const code = await fresh()
    await expectRefused(issuer, 'code_unknown', 400, 'invalid_grant', redeeming(tokens.refresh_token))
    await expectRefused(issuer, 'code_unknown', 400, 'invalid_grant', redeeming(tokens.access_token))
    await expectRefused(issuer, 'refresh_token_unknown', 400, 'invalid_grant', refreshing(code))
    await expectRefused(issuer, 'refresh_token_unknown', 400, 'invalid_grant', refreshing(tokens.access_token))
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token))))
  })
  it('RFC 8707 §2.2 for a resource that was not granted', async () => {
    const code = await fresh({ scope: 'openid api' })
    await expectRefused(issuer, 'resource_not_granted', 400, 'invalid_target', redeeming(code, { resource: REPORTS }))
    expect(claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { resource: API }))))).access_token).aud).toBe(API)
  })
})

describe('CA, client authentication', () => {
  const issuer = testIssuer()
  it('CA01 with a wrong or empty secret', async () => {
    for (const secret of ['wrong', '', WEB_SECRET]) await expectRefused(issuer, 'client_secret_wrong', 401, 'invalid_client', SERVICE_FORM, basic('service', secret), BASIC_CHALLENGE)
    await expectRefused(issuer, 'client_secret_wrong', 401, 'invalid_client', redeeming('x', { client_id: 'post', client_secret: 'wrong' }))
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', redeeming('x', { client_id: 'post', client_secret: '' }))
  })
  it('CA01 with a secret that has expired', async () => {
    const expiring = testIssuer({ clients: [{ client_id: 'service', grant_types: ['client_credentials'], scope: 'api', secrets: [{ secret: SERVICE_SECRET, expiresAt: START + 10 }] }] })
    await tokensOf(await expiring.fetch(tokenRequest(SERVICE_FORM, SERVICE)))
    expiring.pass(10)
    await expectRefused(expiring, 'client_secret_expired', 401, 'invalid_client', SERVICE_FORM, SERVICE, BASIC_CHALLENGE)
  })
  it('CA02 TOK-6 in two ways, or for two clients', async () => {
    const code = await codeOf(browserFor(issuer), askingWeb())
    await expectRefused(issuer, 'client_authentication_repeated', 400, 'invalid_request', redeemingWeb(code, { client_secret: WEB_SECRET }), WEB)
    await expectRefused(issuer, 'client_authentication_repeated', 400, 'invalid_request', redeemingWeb(code, { client_id: 'evil' }), WEB)
    await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code, { client_id: 'web' }), WEB)))
  })
  it('CA03 by another method than the registered one', async () => {
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', redeemingWeb('x', { client_id: 'web', client_secret: WEB_SECRET }))
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', redeemingWeb('x'), basic('post', WEB_SECRET), BASIC_CHALLENGE)
  })
  it('CA04 with a client_id alone', () => expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', { ...SERVICE_FORM, client_id: 'service' }))
  it('CA04 with nothing, or a client that nobody registered', async () => {
    await expectRefused(issuer, 'client_missing', 401, 'invalid_client', SERVICE_FORM)
    await expectRefused(issuer, 'client_unknown', 401, 'invalid_client', { ...SERVICE_FORM, client_id: 'nosuch' })
    await expectRefused(issuer, 'client_unknown', 401, 'invalid_client', SERVICE_FORM, basic('nosuch', WEB_SECRET), BASIC_CHALLENGE)
  })
  it('CA05 with a header that can not be read', async () => {
    for (const authorization of ['Basic', 'Basic !!!', 'Basic Zm9v', `Basic ${btoa(':secret')}`, `Basic ${btoa('a%ff:b')}`, 'Bearer', 'Bearer abc', 'Digest x', 'Basic AAAA AAAA']) {
      await expectRefused(issuer, 'client_credentials_malformed', 401, 'invalid_client', SERVICE_FORM, { authorization }, BASIC_CHALLENGE)
    }
    await expectRefused(issuer, 'client_unknown', 401, 'invalid_client', SERVICE_FORM, { authorization: `Basic ${btoa('a\u0000b:c')}` }, BASIC_CHALLENGE)
    await expectRefused(issuer, 'client_unknown', 401, 'invalid_client', SERVICE_FORM, basic('x'.repeat(100_000), 'y'), BASIC_CHALLENGE)
  })
  it('CA06 TOK-1 with a secret that holds colon, percent, plus, space and umlaut', async () => {
    expect(SERVICE_SECRET).toMatch(/:.*%.*\+.*ü/)
    await tokensOf(await issuer.fetch(tokenRequest(SERVICE_FORM, SERVICE)))
  })
  it('CA18 a public client with a secret', async () => {
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', redeeming('x', { client_secret: 'anything' }))
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', redeeming('x', { client_id: undefined }), basic('spa', ''), BASIC_CHALLENGE)
  })
})

describe('F, REFRESH, refresh tokens', () => {
  it('F01 replayed after the grace, ends its family', async () => {
    const issuer = testIssuer()
    const first = await signedIn(issuer)
    const second = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    issuer.pass(31)
    await expectError(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))), 400, 'invalid_grant')
    expect(issuer.refusals()).toEqual(['refresh_token_replayed'])
    expect([await isAlive(issuer, first.access_token), await isAlive(issuer, second.access_token)]).toEqual([false, false])
    await expectRefused(issuer, 'authorization_revoked', 400, 'invalid_grant', refreshing(second.refresh_token))
  })
  it('F02 strict: a repeat at once is refused and harms nobody, a later one ends the family', async () => {
    const issuer = testIssuer()
    const first = await signedIn(issuer, { client_id: 'strict' })
    const second = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token, { client_id: 'strict' }))))
    issuer.pass(5)
    await expectRefused(issuer, 'refresh_token_superseded', 400, 'invalid_grant', refreshing(first.refresh_token, { client_id: 'strict' }))
    expect(await isAlive(issuer, second.access_token)).toBe(true)
    issuer.pass(1)
    await expectError(await issuer.fetch(tokenRequest(refreshing(first.refresh_token, { client_id: 'strict' }))), 400, 'invalid_grant')
    expect(await isAlive(issuer, second.access_token)).toBe(false)
  })
  it('F04 grace covers the immediate predecessor only', async () => {
    const issuer = testIssuer()
    const first = await signedIn(issuer)
    const second = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    const again = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    expect(again.refresh_token).toBe(second.refresh_token)
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(second.refresh_token))))
    await expectError(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))), 400, 'invalid_grant')
    expect([issuer.refusals(), await isAlive(issuer, second.access_token)]).toEqual([['refresh_token_replayed'], false])
  })
  it('F05 a restart forgets nothing', async () => {
    const issuer = testIssuer()
    const first = await signedIn(issuer)
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    const restarted = testIssuer({ store: issuer.store })
    restarted.pass(31)
    await expectError(await restarted.fetch(tokenRequest(refreshing(first.refresh_token))), 400, 'invalid_grant')
    expect(restarted.refusals()).toEqual(['refresh_token_replayed'])
  })
  it('F06 REFRESH-3 of another client', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    await expectRefused(issuer, 'refresh_token_of_another_client', 400, 'invalid_grant', refreshing(refresh_token, { client_id: undefined }), EVIL)
    const web = await signedInToWeb(issuer)
    await expectRefused(issuer, 'client_authentication_method_mismatch', 401, 'invalid_client', refreshing(web.refresh_token, { client_id: 'web' }))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(web.refresh_token, { client_id: undefined }), WEB)))
  })
  it('F07 REFRESH-5 scope may shrink for one answer and never grow', async () => {
    const issuer = testIssuer()
    const granted = 'openid profile email offline_access api'
    let { refresh_token } = await signedIn(issuer)
    await expectRefused(issuer, 'scope_exceeds_grant', 400, 'invalid_scope', refreshing(refresh_token, { scope: `${granted} address` }))
    for (const [scope, answered] of [['openid api', 'openid api'], [undefined, granted], [granted, granted]]) {
      const tokens = await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token, { scope }))))
      expect(tokens.scope).toBe(answered)
      refresh_token = tokens.refresh_token
    }
  })
  it('F08 for a resource that was not granted', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    await expectRefused(issuer, 'resource_not_granted', 400, 'invalid_target', refreshing(refresh_token, { resource: REPORTS }))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token, { resource: API }))))
  })
  it('F09 after the user was disabled, or the client lost offline_access', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    const withdrawn = testIssuer({ store: issuer.store, clients: CLIENTS.map((client) => (client.client_id === 'spa' ? { ...client, scope: 'openid profile email api' } : client)) })
    await expectRefused(withdrawn, 'offline_access_withdrawn', 400, 'invalid_grant', refreshing(refresh_token))
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await expectRefused(issuer, 'account_inactive', 400, 'invalid_grant', refreshing(refresh_token))
  })
  it('F11 an answer that was lost on its way is given again', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    await issuer.fetch(tokenRequest(refreshing(refresh_token)))
    issuer.pass(10)
    const again = await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(again.refresh_token))))
    expect(issuer.count('refresh_token')).toBe(1)
  })
  it('T12 with one character less, more or other', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedIn(issuer)
    const other = refresh_token.slice(0, -1) + (refresh_token.endsWith('A') ? 'B' : 'A')
    for (const altered of [refresh_token.slice(0, -1), `${refresh_token}A`, other, refresh_token.replace('.1.', '.2.'), refresh_token.replace('.1.', '.01.')]) await expectRefused(issuer, 'refresh_token_unknown', 400, 'invalid_grant', refreshing(altered))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
  })
  it('REFRESH-2 a refreshed ID Token keeps who, where and when, and has no nonce', async () => {
    const issuer = testIssuer()
    const first = await signedIn(issuer)
    issuer.pass(100)
    const second = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    const { nonce, at_hash, iat, exp, ...kept } = claimsOf(first.id_token)
    expect(claimsOf(second.id_token)).toEqual({ ...kept, iat: START + 100, exp: START + 400, at_hash: expect.stringMatching(/^[\w-]{22}$/) as string })
    expect([nonce, iat, exp, at_hash === claimsOf(second.id_token).at_hash]).toEqual(['N1', START, START + 300, false])
  })
  it('REFRESH-1 REFRESH-4 a client that authenticates keeps its token, until it has rested too long', async () => {
    const issuer = testIssuer()
    const { refresh_token } = await signedInToWeb(issuer)
    issuer.pass(1_295_999)
    expect((await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token, { client_id: undefined }), WEB)))).refresh_token).toBe(refresh_token)
    issuer.pass(1_296_000)
    await expectRefused(issuer, 'refresh_token_expired', 400, 'invalid_grant', refreshing(refresh_token, { client_id: undefined }), WEB)
  })
})

describe('U, USERINFO', () => {
  const BARE = { 'www-authenticate': 'Bearer' }
  const INVALID = { 'www-authenticate': 'Bearer error="invalid_token", error_description="The access token is not valid."' }
  const INSUFFICIENT = { 'www-authenticate': 'Bearer error="insufficient_scope", error_description="The access token does not allow this.", scope="openid"' }
  async function expectBearer(issuer: Issuer, key: RefusalKey, status: number, error: string, http: Request, headers: Record<string, string>): Promise<void> {
    await expectError(await refused(issuer, key, () => issuer.fetch(http)), status, error, headers)
  }

  it('USERINFO-1 USERINFO-2 USERINFO-3 tells what the scope allows and the account has', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedIn(issuer, { scope: 'openid profile email phone' })
    const form = (text: string) => userinfoRequest(undefined, { method: 'POST', body: new URLSearchParams({ access_token: text }) })
    const requests = [userinfoRequest(access_token), userinfoRequest(access_token, { method: 'POST' }), form(access_token), userinfoRequest(undefined, { headers: { authorization: `bEaReR ${access_token}` } })]
    for (const http of requests) {
      const answer = await issuer.fetch(http)
      expect([answer.status, Object.fromEntries(answer.headers), await answer.json()]).toEqual([200, { 'content-type': 'application/json', 'cache-control': 'no-store' }, { sub: 'alice', name: 'Alice', email: 'alice@example.com', email_verified: true }])
    }
    const bare = await signedIn(issuer, { scope: 'openid' })
    expect(await (await issuer.fetch(userinfoRequest(bare.access_token))).json()).toEqual({ sub: 'alice' })
    const head = await issuer.fetch(userinfoRequest(access_token, { method: 'HEAD' }))
    expect([head.status, head.body]).toEqual([200, null])
  })
  it('U01 U05 without a token, or with one in the query', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedIn(issuer)
    for (const http of [userinfoRequest(), new Request(`${ISSUER}/userinfo?access_token=${access_token}`), userinfoRequest(undefined, { headers: WEB })]) {
      const answer = await refused(issuer, 'bearer_missing', () => issuer.fetch(http))
      expect([answer.status, answer.headers.get('www-authenticate'), await answer.json()]).toEqual([401, BARE['www-authenticate'], { error_description: 'An access token is needed.' }])
    }
  })
  it('U05 with a token in header and body', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedIn(issuer)
    await expectBearer(issuer, 'bearer_repeated', 400, 'invalid_request', userinfoRequest(access_token, { method: 'POST', body: new URLSearchParams({ access_token }) }), {})
    await expectBearer(issuer, 'parameter_repeated', 400, 'invalid_request', userinfoRequest(undefined, { method: 'POST', body: `access_token=${access_token}&access_token=x`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }), {})
  })
  it('U02 with a token that has expired, was revoked, is of a user who is gone, or for another resource', async () => {
    const issuer = testIssuer()
    const elsewhere = await signedIn(issuer, { scope: 'openid api', resource: API })
    await expectBearer(issuer, 'access_token_audience', 401, 'invalid_token', userinfoRequest(elsewhere.access_token), INVALID)
    const { access_token } = await signedIn(issuer)
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await expectBearer(issuer, 'access_token_revoked', 401, 'invalid_token', userinfoRequest(access_token), INVALID)
    issuer.accounts.delete('alice')
    await expectBearer(issuer, 'access_token_revoked', 401, 'invalid_token', userinfoRequest(access_token), INVALID)
    issuer.pass(3_600)
    await expectBearer(issuer, 'access_token_expired', 401, 'invalid_token', userinfoRequest(access_token), INVALID)
  })
  it('U03 with a token without openid', async () => {
    const issuer = testIssuer()
    for (const scope of ['profile', 'api']) {
      const { access_token } = await signedIn(issuer, { scope })
      await expectBearer(issuer, 'access_token_scope', 403, 'insufficient_scope', userinfoRequest(access_token), INSUFFICIENT)
    }
    const machine = await tokensOf(await issuer.fetch(tokenRequest(SERVICE_FORM, SERVICE)))
    await expectBearer(issuer, 'access_token_scope', 403, 'insufficient_scope', userinfoRequest(machine.access_token), INSUFFICIENT)
    const opaque = await tokensOf(await issuer.fetch(tokenRequest({ ...SERVICE_FORM, scope: 'reports' }, SERVICE)))
    await expectBearer(issuer, 'access_token_scope', 403, 'insufficient_scope', userinfoRequest(opaque.access_token), INSUFFICIENT)
  })
  it('U02 with an opaque token of a user', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedInToWeb(issuer, { scope: 'openid email reports' })
    expect(access_token).toMatch(/^[\w-]{43}$/)
    expect(await (await issuer.fetch(userinfoRequest(access_token))).json()).toEqual({ sub: 'alice', email: 'alice@example.com', email_verified: true })
  })
  it('U04 T12 with anything that is no access token of ours', async () => {
    const issuer = testIssuer()
    const { access_token, id_token, refresh_token } = await signedIn(issuer)
    const code = await codeOf(browserFor(issuer))
    const [header = '', payload = '', signature = ''] = access_token.split('.')
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const neighbour = signature.slice(0, -1) + letters.charAt(letters.indexOf(signature.slice(-1)) ^ 1)
    const swapped = signature.replace(/[a-zA-Z]/, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    const mallory = { ...claimsOf(access_token), sub: 'bob' }
    const texts = [
      ...[id_token, refresh_token, code, 'x', '...', `${access_token}A`, access_token.slice(0, -1)],
      ...[`${header}.${payload}.${neighbour}`, `${header}.${payload}.${swapped}`, `${header}.${payload}.`, `${access_token}.`, `${header}.${payload}.${signature}=`],
      ...[forged(access_token, mallory), forged(access_token, mallory, { alg: 'none', typ: 'at+jwt' }), forged(access_token, mallory, { alg: 'HS256', typ: 'at+jwt' })],
    ]
    for (const text of texts) await expectBearer(issuer, 'access_token_unknown', 401, 'invalid_token', userinfoRequest(text), INVALID)
    for (const authorization of ['Bearer', 'Bearer a b', 'Bearer "x"']) await expectBearer(issuer, 'access_token_unknown', 401, 'invalid_token', userinfoRequest(undefined, { headers: { authorization } }), INVALID)
    expect(await isAlive(issuer, access_token)).toBe(true)
  })
  it('U02 with a token of another issuer on the same keys', async () => {
    const issuer = testIssuer()
    const { access_token } = await signedIn(issuer)
    const other = testIssuer({ store: issuer.store, issuer: 'https://other.example' })
    await expectBearer(other, 'access_token_unknown', 401, 'invalid_token', new Request('https://other.example/userinfo', { headers: { authorization: `Bearer ${access_token}` } }), INVALID)
  })
  it('T01 by another method', async () => {
    const issuer = testIssuer()
    await expectBearer(issuer, 'method_not_allowed', 405, 'invalid_request', userinfoRequest('x', { method: 'PUT' }), { allow: 'GET, POST' })
  })
})
