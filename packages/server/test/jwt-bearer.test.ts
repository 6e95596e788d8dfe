import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { RefusalKey } from '@latchkey/core'
import type { TrustedIssuer, TrustedJwk } from '@latchkey/server'
import { afterEach, describe, expect, it } from 'vitest'
import { API, CLIENTS, ISSUER, type Issuer, refused, REPORTS, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, claimsOf, expectError, forged, tokenRequest, tokensOf } from './tokens.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const PARTNER = 'https://partner.example'
const COURIER = basic('courier', WEB_SECRET)
const STRANGER = basic('stranger', WEB_SECRET)
const clients = [
  ...CLIENTS,
  { client_id: 'courier', client_secret: WEB_SECRET, grant_types: [JWT_BEARER, 'refresh_token'], scope: 'openid offline_access api reports' },
  { client_id: 'stranger', client_secret: WEB_SECRET, grant_types: [JWT_BEARER], scope: 'api' },
]

const pair = await generateKeyPair('ES256', { extractable: true })
const other = await generateKeyPair('ES256', { extractable: true })
const publicJwk = async (kid: string, key = pair.publicKey) => ({ ...(await exportJWK(key)), kid, alg: 'ES256' }) as unknown as TrustedJwk
const JWKS = { keys: [await publicJwk('p1')] }

const trusting = (changes: Partial<TrustedIssuer> = {}): Issuer => testIssuer({ clients, assertions: { issuers: [{ issuer: PARTNER, jwks: JWKS, clients: ['courier'], scope: ['openid', 'api', 'offline_access'], ...changes }] } })

let number = 0
const CLAIMS = () => ({ iss: PARTNER, sub: 'alice', aud: ISSUER, iat: START, exp: START + 300, jti: `j${number++}` })
function signed(changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = pair.privateKey): Promise<string> {
  return new SignJWT({ ...CLAIMS(), ...changes }).setProtectedHeader({ alg: 'ES256', kid: 'p1', ...header }).sign(key)
}
const bearing = (assertion: string, changes: Record<string, string> = {}, headers = COURIER) => tokenRequest({ grant_type: JWT_BEARER, assertion, ...changes }, headers)

async function expectRefused(issuer: Issuer, key: RefusalKey, request: Request, error = 'invalid_grant'): Promise<void> {
  await expectError(await refused(issuer, key, () => issuer.fetch(request)), 400, error)
}

describe('the JWT bearer grant', () => {
  it('gives an access token for the user of an assertion, within what the issuer is trusted for', async () => {
    const issuer = trusting()
    const body = (await (await issuer.fetch(bearing(await signed()))).json()) as Record<string, string>
    expect(body).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 3_600, scope: 'api' })
    expect(claimsOf(body.access_token ?? '')).toEqual({ iss: ISSUER, sub: 'alice', aud: API, client_id: 'courier', scope: 'api', iat: START, exp: START + 3_600, auth_time: START, jti: expect.any(String) as string })
    expect(await tokensOf(await issuer.fetch(bearing(await signed(), { scope: 'openid' })))).toMatchObject({ id_token: expect.any(String) as string })
    await expectRefused(issuer, 'scope_not_allowed', bearing(await signed(), { scope: 'reports' }), 'invalid_scope')
    await expectRefused(issuer, 'scope_not_allowed', bearing(await signed(), { scope: 'offline_access' }), 'invalid_scope')
    await expectRefused(issuer, 'resource_not_granted', bearing(await signed(), { resource: REPORTS }), 'invalid_target')
  })
  it.each([
    ['the token endpoint as audience', { aud: `${ISSUER}/token` }],
    ['a list with our issuer alone', { aud: [ISSUER] }],
    ['a clock 8 s ahead', { iat: START + 8, nbf: START + 8 }],
    ['an hour to go', { exp: START + 3_600 }],
  ])('accepts %s', async (_, claims) => {
    expect((await trusting().fetch(bearing(await signed(claims)))).status).toBe(200)
  })
  it('is offered where issuers are trusted, and nowhere else', async () => {
    const offered = async (issuer: Issuer) => ((await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as { grant_types_supported: string[] }).grant_types_supported
    expect(await offered(trusting())).toContain(JWT_BEARER)
    expect(await offered(testIssuer())).not.toContain(JWT_BEARER)
    expect(() => testIssuer({ clients })).toThrow(/jwt-bearer is not supported/)
  })
})

describe('X08 the JWT bearer grant refuses', () => {
  const refusals: readonly [string, RefusalKey, () => Promise<string> | string][] = [
    ['what is no JWT', 'assertion_malformed', () => 'nonsense'],
    ['an assertion without issuer', 'assertion_malformed', () => signed({ iss: undefined })],
    ['an unknown issuer', 'assertion_issuer_unknown', () => signed({ iss: 'https://evil.example' })],
    ['an issuer with a name of the object prototype', 'assertion_issuer_unknown', () => signed({ iss: '__proto__' })],
    ['alg none', 'assertion_signature_wrong', () => `${forged('..', CLAIMS(), { alg: 'none' })}`],
    ['another key under the same name', 'assertion_signature_wrong', () => signed({}, {}, other.privateKey)],
    ['a key in the header', 'assertion_signature_wrong', async () => signed({}, { jwk: (await exportJWK(other.publicKey)) as JWK }, other.privateKey)],
    ['an address of keys in the header', 'assertion_signature_wrong', () => signed({}, { jku: 'http://127.0.0.1:1/jwks', x5u: 'http://127.0.0.1:1/' }, other.privateKey)],
    ['HS256 with the public key as secret', 'assertion_signature_wrong', async () => new SignJWT(CLAIMS()).setProtectedHeader({ alg: 'HS256', kid: 'p1' }).sign(new TextEncoder().encode(JSON.stringify(JWKS.keys[0])))],
    ['changed claims', 'assertion_signature_wrong', async () => forged(await signed(), { ...CLAIMS(), sub: 'bob' })],
    ['the access token of the same issuer', 'assertion_signature_wrong', () => signed({}, { typ: 'at+jwt' })],
    ['another audience', 'assertion_audience_wrong', () => signed({ aud: 'https://other.example' })],
    ['an audience beside ours', 'assertion_audience_wrong', () => signed({ aud: [ISSUER, 'https://other.example'] })],
    ['no audience', 'assertion_audience_wrong', () => signed({ aud: undefined })],
    ['no exp', 'assertion_incomplete', () => signed({ exp: undefined })],
    ['no jti', 'assertion_incomplete', () => signed({ jti: undefined })],
    ['no sub', 'assertion_incomplete', () => signed({ sub: undefined })],
    ['what has expired', 'assertion_expired', () => signed({ exp: START })],
    ['exp in a year', 'assertion_lasts_too_long', () => signed({ exp: START + 31_536_000 })],
    ['iat 61 s ahead', 'assertion_too_early', () => signed({ iat: START + 61 })],
    ['nbf 61 s ahead', 'assertion_too_early', () => signed({ nbf: START + 61 })],
    ['a user who is unknown', 'account_inactive', () => signed({ sub: 'nobody' })],
  ]
  it.each(refusals)('%s: %s', async (_, key, assertion) => {
    await expectRefused(trusting(), key, bearing(await assertion()))
  })
  it('a jti that was seen, until long after the assertion has ended', async () => {
    const issuer = trusting()
    const assertion = await signed({ jti: 'once' })
    await tokensOf(await issuer.fetch(bearing(assertion)))
    await expectRefused(issuer, 'assertion_replayed', bearing(assertion))
    await expectRefused(issuer, 'assertion_replayed', bearing(await signed({ jti: 'once', sub: 'bob' })))
    issuer.pass(299)
    await issuer.store.sweep(issuer.now(), 100)
    await expectRefused(issuer, 'assertion_replayed', bearing(assertion))
    issuer.pass(1)
    await issuer.store.sweep(issuer.now(), 100)
    await expectRefused(issuer, 'assertion_expired', bearing(assertion))
  })
  it('all but one of fifty at once', async () => {
    const issuer = trusting()
    const assertion = await signed()
    const answers = await Promise.all(Array.from({ length: 50 }, () => issuer.fetch(bearing(assertion))))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect([issuer.count('mark'), issuer.count('authorization')]).toEqual([1, 1])
    expect(new Set(issuer.refusals())).toEqual(new Set(['assertion_replayed']))
  })
  it('a client that the issuer is not trusted for, and a disabled user, whose assertion is not spent', async () => {
    const issuer = trusting()
    await expectRefused(issuer, 'assertion_issuer_unknown', bearing(await signed(), {}, STRANGER))
    const assertion = await signed()
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await expectRefused(issuer, 'account_inactive', bearing(assertion))
    issuer.accounts.set('alice', { sub: 'alice', active: true, claims: {} })
    expect((await issuer.fetch(bearing(assertion))).status).toBe(200)
  })
})

describe('trusted issuers that can not stand', () => {
  it.each([
    ['no keys', { jwks: undefined }, /exactly one of/],
    ['two kinds of keys', { jwks_uri: 'https://partner.example/jwks' }, /exactly one of/],
    ['keys over plain http', { jwks: undefined, jwks_uri: 'http://partner.example/jwks' }, /neither https nor/],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }, /private or symmetric/],
    ['an empty key set', { jwks: { keys: [] } }, /has no key/],
    ['HS256', { algorithms: ['HS256' as 'ES256'] }, /HS256 is not accepted/],
    ['our own issuer', { issuer: ISSUER }, /this server itself/],
  ])('%s', (_, changes, reason) => {
    expect(() => trusting(changes)).toThrow(reason)
  })
})

describe('the keys at a jwks_uri', () => {
  let running: Server | undefined
  let asked = 0
  afterEach(() => void running?.close())

  async function publishing(answer: () => { status?: number; headers?: Record<string, string>; body?: string }): Promise<string> {
    asked = 0
    running = createServer((_, response) => {
      asked++
      const { status = 200, headers = {}, body = '' } = answer()
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
    })
    await new Promise<void>((done) => running?.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(running.address() as AddressInfo).port}/jwks`
  }

  it('are fetched once, kept, and not asked for again at once when a key is unknown', async () => {
    const issuer = trusting({ jwks: undefined, jwks_uri: await publishing(() => ({ body: JSON.stringify(JWKS) })) })
    for (let round = 0; round < 3; round++) expect((await issuer.fetch(bearing(await signed()))).status).toBe(200)
    for (let round = 0; round < 5; round++) await expectRefused(issuer, 'assertion_signature_wrong', bearing(await signed({}, { kid: `k${round}` }, other.privateKey)))
    expect(asked).toBe(1)
  })
  it.each([
    ['a redirect', () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
    ['an error', () => ({ status: 500 })],
    ['no JSON', () => ({ body: '<html>' })],
    ['more than is read', () => ({ body: JSON.stringify({ ...JWKS, padding: 'x'.repeat(300_000) }) })],
  ])('are unreachable behind %s', async (_, answer) => {
    const issuer = trusting({ jwks: undefined, jwks_uri: await publishing(answer) })
    for (let round = 0; round < 3; round++) {
      const answered = await refused(issuer, 'assertion_keys_unreachable', async () => issuer.fetch(bearing(await signed())))
      expect([answered.status, answered.headers.get('retry-after')]).toEqual([503, '2'])
    }
    expect(asked).toBe(1)
  })
})
