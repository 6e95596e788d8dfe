import { type ClientJwk, THROTTLE_RULES } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl } from './browser.ts'
import { CLIENTS, ISSUER, type Issuer, SERVICE_SECRET, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, expectError, redeeming, refreshing, tokenRequest, userinfoRequest, WEB } from './tokens.ts'

const { limit } = THROTTLE_RULES.client
const MALLORY = '192.0.2.66'
const HOME = '192.0.2.1'

const asService = (secret: string) => tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, basic('service', secret))
const from = async (issuer: Issuer, address: string, http: Request) => issuer.fetch(http, { address })
const outcome = async (issuer: Issuer, address: string, secret = 'wrong') => (await from(issuer, address, asService(secret))).status

describe('CA17 guessing at the secret of a client', () => {
  it('CA17 client_authentication_throttled: 1,000 wrong secrets from one address, while the client works from another', async () => {
    const issuer = testIssuer()
    const statuses: number[] = []
    const served = new Set<number>()
    for (let at = 0; at < 1_000; at++) {
      statuses.push(await outcome(issuer, MALLORY, `guess ${at}`))
      if (at % 100 === 0) served.add(await outcome(issuer, HOME, SERVICE_SECRET))
    }
    expect([...served]).toEqual([200])
    expect(statuses).toEqual([...Array.from({ length: limit }, () => 401), ...Array.from({ length: 1_000 - limit }, () => 429)])
    const refused = await from(issuer, MALLORY, asService(SERVICE_SECRET))
    expect(refused.headers.get('retry-after')).toBe('30')
    await expectError(refused, 429, 'temporarily_unavailable')
    expect(issuer.events.at(-1)).toMatchObject({ event: 'refused', key: 'client_authentication_throttled', client_id: 'service', facts: { address: MALLORY } })
    expect(issuer.count('failures')).toBe(0)
  })
  it('CA17 the pause doubles, ends, and is forgotten by the right secret', async () => {
    const issuer = testIssuer()
    for (let at = 0; at < limit; at++) await outcome(issuer, MALLORY)
    for (const pause of [30, 60, 120, 240, 300, 300]) {
      expect((await from(issuer, MALLORY, asService('wrong'))).headers.get('retry-after')).toBe(String(pause))
      issuer.pass(pause)
      expect(await outcome(issuer, MALLORY)).toBe(401)
    }
    issuer.pass(300)
    expect(await outcome(issuer, MALLORY, SERVICE_SECRET)).toBe(200)
    for (let at = 0; at < limit; at++) expect(await outcome(issuer, MALLORY)).toBe(401)
    expect(await outcome(issuer, MALLORY)).toBe(429)
  })
  it('CA17 counts by client and by /64, and at every endpoint', async () => {
    const issuer = testIssuer()
    for (let at = 0; at < limit; at++) await outcome(issuer, `2001:db8:0:1::${at}`)
    const revoking = new Request(`${ISSUER}/revoke`, { method: 'POST', body: new URLSearchParams({ token: 'x' }), headers: basic('service', 'wrong') })
    expect((await from(issuer, '2001:db8:0:1:ffff::', revoking)).status).toBe(429)
    expect(await outcome(issuer, '2001:db8:0:2::1', SERVICE_SECRET)).toBe(200)
    expect((await from(issuer, '2001:db8:0:1::1', tokenRequest({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://rp.example/cb' }, WEB))).status).toBe(400)
  })
  it('CA14 CA17 counts keys of signatures that could be guessed, and neither private keys nor clients that are none', async () => {
    const pair = await generateKeyPair('ES256')
    const SIGNS = { grant_types: ['client_credentials'], scope: 'api' }
    const issuer = testIssuer({
      clients: [
        ...CLIENTS,
        { ...SIGNS, client_id: 'HS256', token_endpoint_auth_method: 'client_secret_jwt', client_secret: WEB_SECRET },
        { ...SIGNS, client_id: 'ES256', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [(await exportJWK((await generateKeyPair('ES256')).publicKey)) as ClientJwk] } },
      ],
    })
    const guess = async (number: number, alg = 'HS256') => {
      const signed = new SignJWT({ iss: alg, sub: alg, aud: ISSUER, exp: START + 60, jti: `j${number}` }).setProtectedHeader({ alg })
      const client_assertion = await signed.sign(alg === 'ES256' ? pair.privateKey : new TextEncoder().encode(`a guess of some length, number ${number}`))
      return (await from(issuer, MALLORY, tokenRequest({ grant_type: 'client_credentials', client_assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }))).status
    }
    for (let at = 0; at < limit; at++) expect(await guess(at)).toBe(401)
    expect(await guess(limit)).toBe(429)
    for (let at = 0; at <= limit; at++) expect(await guess(at, 'ES256')).toBe(401)
    for (let at = 0; at <= limit; at++) expect((await from(issuer, MALLORY, tokenRequest({ grant_type: 'client_credentials' }, basic(`nobody ${at}`, 'x')))).status).toBe(401)
  })
})

/** A store that counts how often it is asked and written. */
function counting(): { store: Store; asked: { reads: number; writes: number } } {
  const inner = memoryStore()
  const asked = { reads: 0, writes: 0 }
  return { asked, store: { ...inner, gather: (needs) => (asked.reads++, inner.gather(needs)), commit: (writes) => (asked.writes++, inner.commit(writes)) } }
}

describe('Q02 guessing at codes and tokens', () => {
  const SECRET = 'guess'.padEnd(43, '0')
  const posted = (path: string, body: Record<string, string>, headers: HeadersInit = WEB) => new Request(ISSUER + path, { method: 'POST', body: new URLSearchParams(body), headers })
  it.each<[string, () => Request]>([
    ['a code', () => tokenRequest(redeeming(SECRET))],
    ['a refresh token', () => tokenRequest(refreshing(SECRET))],
    ['a refresh token as ours are written', () => tokenRequest(refreshing(`${SECRET}.1.${SECRET}`))],
    ['a device code', () => tokenRequest({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: SECRET, client_id: 'spa' })],
    ['an access token', () => userinfoRequest(SECRET)],
    ['a token at /introspect', () => posted('/introspect', { token: SECRET })],
    ['a token at /revoke', () => posted('/revoke', { token: SECRET })],
    ['a request_uri', () => new Request(authorizeUrl(asking({ request_uri: `urn:ietf:params:oauth:request_uri:${SECRET}` })))],
    ['the secret of a client', () => asService(SECRET)],
    ['a client', () => tokenRequest({ grant_type: 'client_credentials' }, basic(SECRET.slice(0, 27), 'x'))],
  ])('Q02 %s costs one read at most, and no write', async (_, guess) => {
    const { store, asked } = counting()
    const issuer = testIssuer({ store })
    await issuer.ready()
    Object.assign(asked, { reads: 0, writes: 0 })
    const answer = await issuer.fetch(guess(), { address: MALLORY })
    expect(answer.status).toBeLessThan(500)
    expect(asked.reads).toBeLessThanOrEqual(1)
    expect(asked.writes).toBe(0)
  })
})
