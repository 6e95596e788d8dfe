import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { type ClientMetadata, type RefusalKey, type SigningAlgorithm } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { ALICE, asking, authorizeUrl, type Browser, browserFor, codeOf, type Parameters, returned } from './browser.ts'
import { CLAIMS, CLIENTS, ISSUER, type Issuer, refused, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, claimsOf, expectError, isAlive, redeeming, tokenRequest, tokensOf, userinfoRequest } from './tokens.ts'

const RP = 'https://rp.example/cb'
const SCOPE = 'openid profile email offline_access api'
const HYBRID_TYPES = ['code id_token', 'code token', 'code id_token token'] as const
const TOKEN_TYPES = ['code token', 'code id_token token', 'id_token token'] as const
const FRONT_TYPES = [...HYBRID_TYPES, 'id_token', 'id_token token'] as const
const ALGORITHMS = ['ES256', 'RS256', 'EdDSA', 'ES384', 'ES512'] as const satisfies readonly SigningAlgorithm[]

/** A client that may ask for everything OpenID Connect knows. */
const every: ClientMetadata = {
  client_id: 'every',
  client_secret: WEB_SECRET,
  redirect_uris: [RP],
  grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  response_types: ['code', ...FRONT_TYPES],
  scope: SCOPE,
  profile: 'oidc',
  policy: { consent: 'never', pkce: 'required' },
}
/** A hybrid client as the default profile allows it. */
const strictHybrid: ClientMetadata = { client_id: 'strict-hybrid', client_secret: WEB_SECRET, redirect_uris: [RP], grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'], scope: SCOPE, policy: { consent: 'never' } }
const asksConsent: ClientMetadata = { ...every, client_id: 'asks', policy: { consent: 'always' } }
const claimsInIdToken: ClientMetadata = { ...every, client_id: 'claims', policy: { consent: 'never', userClaimsInIdToken: true } }
const EVERY = basic('every', WEB_SECRET)

const issuerWith = (clients: readonly ClientMetadata[] = [every, strictHybrid, asksConsent, claimsInIdToken]): Issuer => testIssuer({ clients: [...CLIENTS, ...clients] })

function askingFront(response_type: string, changes: Parameters = {}): Record<string, string> {
  return asking({ client_id: 'every', redirect_uri: RP, response_type, ...changes })
}

/** What a response carries in its fragment; nothing may be in its query. */
function fragment(answer: Response): Record<string, string> {
  const url = new URL(answer.headers.get('location') ?? 'about:blank')
  expect(`${url.origin}${url.pathname}${url.search}`).toBe(RP)
  return Object.fromEntries(new URLSearchParams(url.hash.slice(1)))
}

async function front(issuer: Issuer, response_type: string, changes: Parameters = {}, browser: Browser = browserFor(issuer)): Promise<Record<string, string>> {
  return fragment(await browser.authorize(askingFront(response_type, changes)))
}

const redeemingEvery = (code: string, changes: Parameters = {}): Parameters => redeeming(code, { client_id: undefined, redirect_uri: RP, ...changes })

/** The left half of a hash, by Node rather than by what is tested. @spec OpenID Connect Core §3.3.2.11 */
function halfHash(value: string, alg: string): string {
  const hash = createHash(alg === 'EdDSA' ? 'sha512' : `sha${alg.slice(-3)}`).update(value, 'ascii').digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}

async function isSigned(jwt: string, alg: string, issuer: Issuer): Promise<boolean> {
  const { keys } = (await (await issuer.fetch(new Request(`${ISSUER}/jwks`))).json()) as { keys: (JsonWebKey & { kid: string; alg: string })[] }
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const read = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string; kid: string }
  const jwk = keys.find(({ kid }) => kid === read.kid)
  if (jwk === undefined || read.alg !== alg || jwk.alg !== alg) return false
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), ...(alg.startsWith('ES') ? { dsaEncoding: 'ieee-p1363' as const } : {}) }
  return verify(alg === 'EdDSA' ? null : `sha${alg.slice(-3)}`, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
}

describe('HY01 HYB-1 HYB-2 a response of the front channel', () => {
  it.each(ALGORITHMS)('signed by %s carries hashes that recompute from what stands beside them', async (alg) => {
    const issuer = testIssuer({ algorithms: ['ES256', ...ALGORITHMS.filter((each) => each === alg && each !== 'ES256')], clients: [{ ...every, id_token_signed_response_alg: alg }] })
    for (const response_type of FRONT_TYPES.filter((type) => type.includes('id_token'))) {
      const { id_token = '', code, access_token, state } = await front(issuer, response_type, { state: 'S-of-the-client' })
      const { c_hash, at_hash, s_hash } = claimsOf(id_token)
      expect([c_hash, at_hash, s_hash, state], response_type).toEqual([code && halfHash(code, alg), access_token && halfHash(access_token, alg), halfHash('S-of-the-client', alg), 'S-of-the-client'])
      expect(await isSigned(id_token, alg, issuer)).toBe(true)
    }
  })
  it.each([
    ['code id_token', ['code', 'id_token', 'session_state', 'state', 'iss']],
    ['code token', ['code', 'access_token', 'token_type', 'expires_in', 'scope', 'session_state', 'state', 'iss']],
    ['code id_token token', ['code', 'access_token', 'token_type', 'expires_in', 'scope', 'id_token', 'session_state', 'state', 'iss']],
    ['token id_token code', ['code', 'access_token', 'token_type', 'expires_in', 'scope', 'id_token', 'session_state', 'state', 'iss']],
    ['id_token', ['id_token', 'session_state', 'state', 'iss']],
    ['id_token token', ['access_token', 'token_type', 'expires_in', 'scope', 'id_token', 'session_state', 'state', 'iss']],
  ])('to %s has its members in the fragment and no others', async (response_type, members) => {
    const issuer = issuerWith()
    const answer = await browserFor(issuer).authorize(askingFront(response_type))
    expect(answer.status).toBe(303)
    expect([answer.headers.get('cache-control'), answer.headers.get('referrer-policy'), await answer.text()]).toEqual(['no-store', 'no-referrer', ''])
    const told = fragment(answer)
    expect(Object.keys(told).sort()).toEqual([...members].sort())
    expect(told).toMatchObject({ state: 'S1', iss: ISSUER, ...(members.includes('access_token') ? { token_type: 'Bearer', expires_in: '3600', scope: 'openid' } : {}) })
    expect(issuer.events.at(-1)).toMatchObject({ event: 'issued', client_id: 'every', issued: [...members.filter((name) => name === 'code' || name === 'id_token'), ...(members.includes('access_token') ? ['token'] : [])] })
    expect(JSON.stringify(issuer.events)).not.toContain(told.id_token ?? told.access_token)
  })
  it('HYB-2 without a state has no s_hash, and by code no hash of its own', async () => {
    const issuer = issuerWith()
    const { id_token = '' } = await front(issuer, 'code id_token', { state: undefined })
    expect(Object.keys(claimsOf(id_token))).not.toContain('s_hash')
    expect(Object.keys(claimsOf(id_token))).not.toContain('at_hash')
    const code = await codeOf(browserFor(issuer), askingFront('code'))
    const told = claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeemingEvery(code), EVERY)))).id_token)
    expect(Object.keys(told)).not.toContain('s_hash')
    expect(Object.keys(told)).not.toContain('c_hash')
  })
  it('HYB-4 agrees with the ID Token of the token endpoint', async () => {
    const issuer = issuerWith()
    for (const response_type of ['code id_token', 'code id_token token']) {
      const { id_token = '', code = '' } = await front(issuer, response_type, { nonce: 'N-hybrid' })
      const { iss, sub, aud, nonce, auth_time, sid } = claimsOf(id_token)
      const back = await tokensOf(await issuer.fetch(tokenRequest(redeemingEvery(code), EVERY)))
      const { at_hash, ...rest } = claimsOf(back.id_token)
      expect(rest).toMatchObject({ iss, sub, aud, nonce, auth_time, sid })
      expect([iss, sub, aud, nonce]).toEqual([ISSUER, 'alice', 'every', 'N-hybrid'])
      expect(at_hash).toBe(halfHash(back.access_token, 'RS256'))
      expect(Object.keys(rest).filter((name) => name === 'c_hash' || name === 's_hash')).toEqual([])
    }
  })
  it('HYB-3 tells of the user only where no access token could ask', async () => {
    const issuer = issuerWith()
    const told = ['name', 'email', 'email_verified']
    for (const response_type of ['code id_token', 'code id_token token', 'id_token token', 'id_token']) {
      const { id_token = '' } = await front(issuer, response_type, { scope: 'openid profile email' })
      expect(Object.keys(claimsOf(id_token)).filter((name) => name in CLAIMS).sort(), response_type).toEqual(response_type === 'id_token' ? [...told].sort() : [])
    }
    const { id_token = '' } = await front(issuer, 'id_token', { scope: 'openid' })
    expect(Object.keys(claimsOf(id_token)).filter((name) => name in CLAIMS)).toEqual([])
  })
  it('HYB-3 tells it in every ID Token to a client that has userClaimsInIdToken, the refreshed one included', async () => {
    const issuer = issuerWith()
    const { id_token = '', code = '' } = await front(issuer, 'code id_token', { client_id: 'claims', scope: 'openid email offline_access' })
    const credentials = basic('claims', WEB_SECRET)
    const back = await tokensOf(await issuer.fetch(tokenRequest(redeemingEvery(code), credentials)))
    const later = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'refresh_token', refresh_token: back.refresh_token }, credentials)))
    for (const jwt of [id_token, back.id_token, later.id_token]) expect(claimsOf(jwt)).toMatchObject({ email: CLAIMS.email, email_verified: true })
  })
  it('is given by the default profile too, to a client that asks for nothing else', async () => {
    const issuer = issuerWith()
    const { code = '', id_token = '' } = await front(issuer, 'code id_token', { client_id: 'strict-hybrid' })
    expect(claimsOf(id_token)).toMatchObject({ aud: 'strict-hybrid', c_hash: halfHash(code, 'RS256') })
    await refused(issuer, 'response_type_not_allowed', () => browserFor(issuer).send(authorizeUrl(askingFront('code', { client_id: 'strict-hybrid' }))))
  })
})

describe('HYB-1 HYB-5 the response mode', () => {
  it.each(FRONT_TYPES)('HY03 is never query: %s', async (response_type) => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    await front(issuer, response_type, {}, browser)
    const told = fragment(await refused(issuer, 'response_mode_unsupported', () => browser.send(authorizeUrl(askingFront(response_type, { response_mode: 'query' })))))
    expect(told).toEqual({ error: 'invalid_request', error_description: expect.any(String) as string, state: 'S1', iss: ISSUER })
  })
  it('may be fragment by name', async () => {
    expect((await front(issuerWith(), 'code id_token', { response_mode: 'fragment' })).id_token).toBeDefined()
  })
  it.each(FRONT_TYPES)('may be form_post: %s', async (response_type) => {
    const issuer = issuerWith()
    const answer = await browserFor(issuer).authorize(askingFront(response_type, { response_mode: 'form_post', state: '"><script>' }))
    const text = await answer.text()
    const fields = Object.fromEntries([...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
    expect([answer.status, answer.headers.get('location'), answer.headers.get('cache-control')]).toEqual([200, null, 'no-store'])
    expect(answer.headers.get('content-security-policy')).toMatch(/; form-action https:\/\/rp\.example$/)
    expect(text).toContain(`<form method="post" action="${RP}">`)
    expect(fields).toMatchObject({ iss: ISSUER, state: '&quot;&gt;&lt;script&gt;' })
    const parts = response_type.split(' ').map((part) => (part === 'token' ? 'access_token' : part))
    expect(Object.keys(fields)).toEqual(expect.arrayContaining(parts))
    expect(fields.id_token && claimsOf(fields.id_token).s_hash).toBe(parts.includes('id_token') ? halfHash('"><script>', 'RS256') : undefined)
  })
})

const REFUSED: readonly (readonly [string, RefusalKey, string, string, Parameters])[] = [
  ['HY02 code id_token without nonce', 'nonce_missing', 'invalid_request', 'code id_token', { nonce: undefined }],
  ['HY02 code id_token with an empty nonce', 'nonce_missing', 'invalid_request', 'code id_token', { nonce: '' }],
  ['HY02 code id_token token without nonce', 'nonce_missing', 'invalid_request', 'code id_token token', { nonce: undefined }],
  ['HY02 id_token without nonce', 'nonce_missing', 'invalid_request', 'id_token', { nonce: undefined }],
  ['HY02 id_token token without nonce', 'nonce_missing', 'invalid_request', 'id_token token', { nonce: undefined }],
  ['code id_token without openid', 'openid_missing', 'invalid_request', 'code id_token', { scope: 'profile' }],
  ['id_token without openid', 'openid_missing', 'invalid_request', 'id_token', { scope: 'api' }],
  ['P01 code id_token without a challenge', 'code_challenge_missing', 'invalid_request', 'code id_token', { code_challenge: undefined, code_challenge_method: undefined }],
  ['A05 nonce twice', 'parameter_repeated', 'invalid_request', 'code id_token', {}],
  ['A10 prompt=none and nobody signed in', 'login_required', 'login_required', 'code id_token', { prompt: 'none' }],
  ['A15 a scope of others', 'scope_not_allowed', 'invalid_scope', 'code id_token', { scope: 'openid admin' }],
  ['token, which is no OpenID Connect response type', 'response_type_not_allowed', 'unsupported_response_type', 'token', {}],
  ['an unknown one beside id_token', 'response_type_unsupported', 'unsupported_response_type', 'id_token nosuch', {}],
]

describe('what is refused travels in the fragment', () => {
  it.each(REFUSED)('%s', async (what, key, error, response_type, changes) => {
    const issuer = issuerWith()
    const url = authorizeUrl(askingFront(response_type, changes), what.startsWith('A05') ? '&nonce=other' : '')
    const answer = await refused(issuer, key, () => browserFor(issuer).send(url))
    expect(fragment(answer)).toEqual({ error, error_description: expect.any(String) as string, state: 'S1', iss: ISSUER })
  })
  it('a user who denies', async () => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    const answer = await browser.authorize(askingFront('code id_token', { client_id: 'asks' }), { ...ALICE, consent: { decision: 'deny' } })
    expect(fragment(answer)).toMatchObject({ error: 'access_denied', state: 'S1', iss: ISSUER })
    expect(Object.keys(fragment(answer)).filter((name) => ['code', 'id_token', 'access_token'].includes(name))).toEqual([])
  })
  it.each(FRONT_TYPES)('HY04 %s for a client that did not register it', async (response_type) => {
    const issuer = issuerWith()
    for (const client of ['spa', 'web']) {
      const redirect_uri = client === 'spa' ? 'https://spa.example/cb' : RP
      const answer = await refused(issuer, 'response_type_not_allowed', () => browserFor(issuer).send(authorizeUrl(asking({ client_id: client, redirect_uri, response_type }))))
      expect(returned(answer)).toEqual({})
      expect(answer.headers.get('location')).toMatch(new RegExp(`^${redirect_uri}#error=unsupported_response_type&`))
    }
  })
  it('HY06 the code of a hybrid response with the verifier of somebody else', async () => {
    const issuer = issuerWith()
    const { code = '' } = await front(issuer, 'code id_token')
    const injected = await refused(issuer, 'code_verifier_mismatch', () => issuer.fetch(tokenRequest(redeemingEvery(code, { code_verifier: 'the-verifier-of-mallory-0123456789-abcdefghij' }), EVERY)))
    await expectError(injected, 400, 'invalid_grant')
    expect((await issuer.fetch(tokenRequest(redeemingEvery(code), EVERY))).status).toBe(200)
  })
  it('HY06 the same where the client need not use PKCE and did not', async () => {
    const issuer = issuerWith([{ ...every, policy: { consent: 'never' } }])
    const { code = '' } = await front(issuer, 'code id_token', { code_challenge: undefined, code_challenge_method: undefined })
    await expectError(await refused(issuer, 'code_verifier_unexpected', () => issuer.fetch(tokenRequest(redeemingEvery(code), EVERY))), 400, 'invalid_grant')
    expect((await issuer.fetch(tokenRequest(redeemingEvery(code, { code_verifier: undefined }), EVERY))).status).toBe(200)
  })
})

describe('an access token of the front channel', () => {
  it.each(TOKEN_TYPES)('%s asks userinfo what its scope allows', async (response_type) => {
    const issuer = issuerWith()
    const { access_token = '' } = await front(issuer, response_type, { scope: 'openid email' })
    const answer = await issuer.fetch(userinfoRequest(access_token))
    expect([answer.status, await answer.json()]).toEqual([200, { sub: 'alice', email: CLAIMS.email, email_verified: true }])
    issuer.pass(3_599)
    expect(await isAlive(issuer, access_token)).toBe(true)
    issuer.pass(1)
    expect(await isAlive(issuer, access_token)).toBe(false)
  })
  it('T06 dies with its authorization when the code is replayed', async () => {
    const issuer = issuerWith()
    const { access_token = '', code = '' } = await front(issuer, 'code id_token token')
    const { access_token: second } = await tokensOf(await issuer.fetch(tokenRequest(redeemingEvery(code), EVERY)))
    expect([await isAlive(issuer, access_token), await isAlive(issuer, second)]).toEqual([true, true])
    issuer.pass(60)
    await expectError(await issuer.fetch(tokenRequest(redeemingEvery(code), EVERY)), 400, 'invalid_grant')
    expect(issuer.refusals()).toEqual(['code_replayed'])
    expect([await isAlive(issuer, access_token), await isAlive(issuer, second)]).toEqual([false, false])
  })
  it('without openid is for its resource and not for userinfo', async () => {
    const issuer = issuerWith()
    const { access_token = '', scope } = await front(issuer, 'code token', { scope: 'api', nonce: undefined })
    expect([claimsOf(access_token).aud, scope]).toEqual(['https://api.example.com', 'api'])
    expect(await isAlive(issuer, access_token)).toBe(false)
  })
  it('never brings a refresh token through the browser', async () => {
    const issuer = issuerWith()
    for (const response_type of FRONT_TYPES) expect(Object.keys(await front(issuer, response_type, { scope: SCOPE })), response_type).not.toContain('refresh_token')
    expect(issuer.count('refresh_token')).toBe(0)
  })
})

describe('A25 a consent that is sent twice', () => {
  it.each(FRONT_TYPES)('is answered again: %s', async (response_type) => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    const login = await browser.open(authorizeUrl(askingFront(response_type, { client_id: 'asks' })))
    const consent = await browser.open(String((await browser.submit(login, ALICE.login)).headers.get('location')))
    const [one, two] = [fragment(await browser.submit(consent, ALICE.consent)), fragment(await browser.submit(consent, ALICE.consent))]
    expect([two.code, Object.keys(two)]).toEqual([one.code, Object.keys(one)])
    expect(issuer.count('authorization')).toBe(1)
    for (const told of [one, two]) {
      expect(told.id_token && claimsOf(told.id_token).c_hash).toBe(told.id_token && told.code && halfHash(told.code, 'RS256'))
      expect(told.access_token && (await isAlive(issuer, told.access_token))).toBe(told.access_token && true)
    }
  })
})

describe('HY04 discovery', () => {
  const read = async (issuer: Issuer) => (await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as { response_types_supported: string[]; grant_types_supported: string[] }
  it('lists what some client may ask for, and nothing else', async () => {
    expect((await read(testIssuer())).response_types_supported).toEqual(['code'])
    const two = await read(issuerWith([strictHybrid]))
    expect(two.response_types_supported).toEqual(['code', 'code id_token'])
    expect(two.grant_types_supported).toContain('implicit')
    const all = await read(issuerWith())
    expect([...all.response_types_supported].sort()).toEqual(['code', ...FRONT_TYPES].sort())
    expect(all.response_types_supported).not.toContain('token')
    const legacy = await read(issuerWith([{ client_id: 'old', token_endpoint_auth_method: 'none', redirect_uris: [RP], profile: 'legacy', grant_types: ['implicit'], response_types: ['token'], scope: 'api' }]))
    expect(legacy.response_types_supported).toEqual(['code', 'token'])
  })
  it('names every claim that an ID Token may have', async () => {
    const { claims_supported } = (await read(issuerWith())) as unknown as { claims_supported: string[] }
    const { id_token = '' } = await front(issuerWith(), 'code id_token token')
    expect(claims_supported).toEqual(expect.arrayContaining(Object.keys(claimsOf(id_token))))
  })
})
