import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { ClientJwk, ClientMetadata, RefusalKey } from '@latchkey/core'
import type { OutboundAnswer } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { conflictBlind } from './conflict-blind.ts'
import { CLIENTS, ISSUER, type Issuer, refused, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, expectError, forged, tokenRequest, tokensOf } from './tokens.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const JWKS_URI = 'https://rp.example/jwks'

const pair = await generateKeyPair('ES256', { extractable: true })
const next = await generateKeyPair('ES256', { extractable: true })
const other = await generateKeyPair('ES256', { extractable: true })
const rsa = await generateKeyPair('RS256', { extractable: true })
const jwk = async (kid: string, key = pair.publicKey) => ({ ...(await exportJWK(key)), kid }) as unknown as ClientJwk
const JWKS = { keys: [await jwk('k1'), await jwk('k2', rsa.publicKey)] }

const MACHINE: ClientMetadata = { client_id: 'pkjwt', token_endpoint_auth_method: 'private_key_jwt', jwks: JWKS, grant_types: ['client_credentials'], scope: 'api' }
const clients: readonly ClientMetadata[] = [
  ...CLIENTS,
  MACHINE,
  { ...MACHINE, client_id: 'es256', token_endpoint_auth_signing_alg: 'ES256' },
  { ...MACHINE, client_id: 'free', policy: { assertionAudience: 'endpoint' } },
  { client_id: 'csjwt', token_endpoint_auth_method: 'client_secret_jwt', secrets: [{ secret: WEB_SECRET }, { secret: `old ${WEB_SECRET}`, expiresAt: START }], grant_types: ['client_credentials'], scope: 'api' },
]

let number = 0
interface Signing {
  readonly client?: string
  readonly header?: Record<string, unknown>
  readonly key?: Parameters<SignJWT['sign']>[0]
}
function assertion(changes: Record<string, unknown> = {}, { client = 'pkjwt', header = {}, key = pair.privateKey }: Signing = {}): Promise<string> {
  const claims = { iss: client, sub: client, aud: ISSUER, iat: START, exp: START + 60, jti: `j${number++}`, ...changes }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key)
}
const bringing = (client_assertion: string, changes: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  tokenRequest({ grant_type: 'client_credentials', client_assertion_type: TYPE, client_assertion, ...changes }, headers)
const hmac = (secret: string) => new TextEncoder().encode(secret)

describe('a client that signs', () => {
  it.each<[string, () => Promise<string>]>([
    ['by private_key_jwt', () => assertion()],
    ['with another of its keys', () => assertion({}, { header: { alg: 'RS256', kid: 'k2' }, key: rsa.privateKey })],
    ['without kid, by the key that fits', () => assertion({}, { header: { kid: undefined } })],
    ['CA10 ASSERT-4 with a clock 8 s ahead', () => assertion({ iat: START + 8, nbf: START + 8 })],
    ['with an end 8 s ago by our clock', () => assertion({ exp: START - 8 })],
    ['with the media type of client assertions', () => assertion({}, { header: { typ: 'client-authentication+jwt' } })],
    ['by client_secret_jwt', () => assertion({}, { client: 'csjwt', header: { alg: 'HS256', kid: undefined }, key: hmac(WEB_SECRET) })],
    ['ASSERT-2 for the token endpoint, where that is allowed', () => assertion({ aud: `${ISSUER}/token` }, { client: 'free' })],
    ['ASSERT-2 for issuer and endpoint, where that is allowed', () => assertion({ aud: [ISSUER, `${ISSUER}/token`] }, { client: 'free' })],
  ])('gets its token %s', async (_, made) => {
    await tokensOf(await testIssuer({ clients }).fetch(bringing(await made())))
  })
  it('may repeat its client_id in the body', async () => {
    await tokensOf(await testIssuer({ clients }).fetch(bringing(await assertion(), { client_id: 'pkjwt' })))
  })
  it.each(['introspect', 'revoke'])('ASSERT-6 may do so at /%s, for that endpoint', async (endpoint) => {
    const issuer = testIssuer({ clients })
    const form = new URLSearchParams({ token: 'nothing', client_assertion_type: TYPE, client_assertion: await assertion({ aud: `${ISSUER}/${endpoint}` }, { client: 'free' }) })
    expect((await issuer.fetch(new Request(`${ISSUER}/${endpoint}`, { method: 'POST', body: form }))).status).toBe(200)
  })
  it('is told in the metadata how it may sign', async () => {
    const metadata = (await (await testIssuer().fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as Record<string, readonly string[]>
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'])
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).toEqual(expect.arrayContaining(['ES256', 'PS256', 'RS256', 'EdDSA', 'HS256']))
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).not.toContain('none')
  })
})

describe('an assertion that is not believed', () => {
  const publicPem = JSON.stringify(JWKS.keys[0])
  const refusals: readonly (readonly [string, RefusalKey, () => Promise<Request>])[] = [
    ['CA07 alg none', 'client_assertion_malformed', async () => bringing(forged('..', { iss: 'pkjwt', sub: 'pkjwt', aud: ISSUER, exp: START + 60, jti: 'n' }, { alg: 'none' }))],
    ['CA07 HS256 with the public key as secret', 'client_authentication_method_mismatch', async () => bringing(await assertion({}, { header: { alg: 'HS256' }, key: hmac(publicPem) }))],
    ['CA07 RS256 where ES256 is registered', 'client_assertion_algorithm', async () => bringing(await assertion({}, { client: 'es256', header: { alg: 'RS256', kid: 'k2' }, key: rsa.privateKey }))],
    ['CA07 client_secret_jwt with another secret', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { client: 'csjwt', header: { alg: 'HS256', kid: undefined }, key: hmac('x'.repeat(32)) }))],
    ['a secret that has ended', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { client: 'csjwt', header: { alg: 'HS256', kid: undefined }, key: hmac(`old ${WEB_SECRET}`) }))],
    ['CA03 a secret in place of a signature', 'client_authentication_method_mismatch', async () => tokenRequest({ grant_type: 'client_credentials' }, basic('pkjwt', WEB_SECRET))],
    ['CA08 another issuer as audience', 'client_assertion_audience', async () => bringing(await assertion({ aud: 'https://other.example' }))],
    ['CA08 a foreign audience beside ours', 'client_assertion_audience', async () => bringing(await assertion({ aud: [ISSUER, 'https://evil.example'] }))],
    ['CA08 the same where endpoints are allowed', 'client_assertion_audience', async () => bringing(await assertion({ aud: [ISSUER, 'https://evil.example'] }, { client: 'free' }))],
    ['CA08 the token endpoint alone', 'client_assertion_audience', async () => bringing(await assertion({ aud: `${ISSUER}/token` }))],
    ['CA08 the issuer with a trailing slash', 'client_assertion_audience', async () => bringing(await assertion({ aud: `${ISSUER}/` }))],
    ['ASSERT-3 the issuer in a list', 'client_assertion_audience', async () => bringing(await assertion({ aud: [ISSUER] }))],
    ['an empty list as audience, where endpoints are allowed', 'client_assertion_audience', async () => bringing(await assertion({ aud: [] }, { client: 'free' }))],
    ['the endpoint of another, where endpoints are allowed', 'client_assertion_audience', async () => bringing(await assertion({ aud: `${ISSUER}/introspect` }, { client: 'free' }))],
    ['CA10 no exp', 'client_assertion_incomplete', async () => bringing(await assertion({ exp: undefined }))],
    ['CA10 exp in a year', 'client_assertion_time', async () => bringing(await assertion({ exp: START + 31_536_000 }))],
    ['CA10 an end 61 s ago', 'client_assertion_time', async () => bringing(await assertion({ exp: START - 61 }))],
    ['CA10 ASSERT-4 nbf 61 s ahead', 'client_assertion_time', async () => bringing(await assertion({ nbf: START + 61 }))],
    ['CA10 iat 61 s ahead', 'client_assertion_time', async () => bringing(await assertion({ iat: START + 61 }))],
    ['times that are texts', 'client_assertion_incomplete', async () => bringing(await assertion({ nbf: 'soon' }))],
    ['ASSERT-1 no jti', 'client_assertion_incomplete', async () => bringing(await assertion({ jti: undefined }))],
    ['ASSERT-1 another iss', 'client_assertion_of_another_client', async () => bringing(await assertion({ iss: 'web' }))],
    ['TOK-6 another client_id in the body', 'client_assertion_of_another_client', async () => bringing(await assertion(), { client_id: 'web' })],
    ['CA11 a key in the header', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { header: { jwk: (await exportJWK(other.publicKey)) as JWK }, key: other.privateKey }))],
    ['CA11 addresses of keys in the header', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { header: { jku: 'https://evil.example/', x5u: 'https://evil.example/' }, key: other.privateKey }))],
    ['an unknown critical member', 'client_assertion_signature_wrong', async () => bringing(forged(await assertion(), { iss: 'pkjwt', sub: 'pkjwt', aud: ISSUER, exp: START + 60, jti: 'c' }, { alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 }))],
    ['changed claims', 'client_assertion_signature_wrong', async () => bringing(forged(await assertion(), { iss: 'pkjwt', sub: 'pkjwt', aud: ISSUER, exp: START + 60, jti: 'f' }))],
    ['an access token of the client\'s own making', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { header: { typ: 'at+jwt' } }))],
    ['a request object', 'client_assertion_signature_wrong', async () => bringing(await assertion({}, { header: { typ: 'oauth-authz-req+jwt' } }))],
    ['another type of assertion', 'client_assertion_malformed', async () => bringing(await assertion(), { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' })],
    ['an assertion of 17,000 characters', 'client_assertion_malformed', async () => bringing(await assertion({ long: 'x'.repeat(17_000) }))],
    ['an assertion about an unknown client', 'client_unknown', async () => bringing(await assertion({}, { client: 'nobody' }))],
    ['an assertion of a public client', 'client_authentication_method_mismatch', async () => bringing(await assertion({}, { client: 'spa' }))],
  ]
  it.each(refusals)('%s: %s', async (_, key, made) => {
    const issuer = testIssuer({ clients, outbound: () => Promise.reject(new Error('nobody must be called')) })
    const request = await made()
    const challenge = request.headers.has('authorization') ? { 'www-authenticate': 'Basic realm="client"' } : {}
    await expectError(await refused(issuer, key, () => issuer.fetch(request)), 401, 'invalid_client', challenge)
  })
  it('CA02 an assertion beside Basic credentials', async () => {
    const issuer = testIssuer({ clients })
    const request = bringing(await assertion(), {}, basic('pkjwt', WEB_SECRET))
    await expectError(await refused(issuer, 'client_authentication_repeated', () => issuer.fetch(request)), 400, 'invalid_request')
  })
  it('CA09 the same assertion again, also after its end', async () => {
    const issuer = testIssuer({ clients })
    const made = await assertion()
    await tokensOf(await issuer.fetch(bringing(made)))
    for (const wait of [0, 30, 40]) {
      issuer.pass(wait)
      await expectError(await refused(issuer, 'client_assertion_replayed', () => issuer.fetch(bringing(made))), 401, 'invalid_client')
    }
    issuer.pass(20)
    await expectError(await refused(issuer, 'client_assertion_time', () => issuer.fetch(bringing(made))), 401, 'invalid_client')
  })
})

describe('CA09 50 uses of one assertion at once', () => {
  const statusesOf = async (issuer: Issuer) => {
    const made = await assertion()
    return (await Promise.all(Array.from({ length: 50 }, () => issuer.fetch(bringing(made))))).map(({ status }) => status).sort()
  }
  it('have one winner', async () => {
    for (let round = 0; round < 10; round++) expect(await statusesOf(testIssuer({ clients, algorithms: ['ES256'] }))).toEqual([200, ...Array.from({ length: 49 }, () => 401)])
  })
  it('would be noticed: a store without conflicts has more', async () => {
    const statuses = await statusesOf(testIssuer({ clients, algorithms: ['ES256'], store: conflictBlind() }))
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(1)
  })
})

describe('keys that a client publishes', () => {
  const published: ClientMetadata = { client_id: 'pub', token_endpoint_auth_method: 'private_key_jwt', jwks_uri: JWKS_URI, grant_types: ['client_credentials'], scope: 'api' }
  function publishing(answer: () => Partial<OutboundAnswer> | Error): { issuer: Issuer; calls: string[] } {
    const calls: string[] = []
    const issuer = testIssuer({
      clients: [published],
      resources: [{ resource: 'https://api.example.com', scopes: ['api'] }],
      outbound: async (url) => {
        calls.push(url)
        const made = answer()
        if (made instanceof Error) throw made
        return { status: 200, headers: new Headers(), body: '', ...made }
      },
    })
    return { issuer, calls }
  }
  const signed = (kid: string, key = pair.privateKey) => assertion({}, { client: 'pub', header: { kid }, key })

  it('are fetched once for many', async () => {
    const { issuer, calls } = publishing(() => ({ body: JSON.stringify(JWKS) }))
    const requests = await Promise.all(Array.from({ length: 20 }, () => signed('k1')))
    for (const answer of await Promise.all(requests.map((made) => issuer.fetch(bringing(made))))) expect(answer.status).toBe(200)
    expect(calls).toEqual([JWKS_URI])
  })
  it('ASSERT-5 are fetched again at once for a new kid', async () => {
    let keys = JWKS.keys
    const { issuer, calls } = publishing(() => ({ body: JSON.stringify({ keys }) }))
    await tokensOf(await issuer.fetch(bringing(await signed('k1'))))
    keys = [await jwk('k3', next.publicKey)]
    issuer.pass(1)
    await tokensOf(await issuer.fetch(bringing(await assertion({}, { client: 'pub', header: { kid: 'k3' }, key: next.privateKey }))))
    expect(calls).toHaveLength(2)
  })
  it('CA14 are fetched twice a minute at most, whatever clients send', async () => {
    const { issuer, calls } = publishing(() => ({ body: JSON.stringify(JWKS) }))
    for (let at = 0; at < 200; at++) await expectError(await issuer.fetch(bringing(await signed(`x${at}`, other.privateKey))), 401, 'invalid_client')
    expect(calls).toHaveLength(2)
    await tokensOf(await issuer.fetch(bringing(await signed('k1'))))
    issuer.pass(61)
    expect((await issuer.fetch(bringing(await assertion({ exp: START + 120 }, { client: 'pub', header: { kid: 'y' }, key: other.privateKey })))).status).toBe(401)
    expect(calls).toHaveLength(3)
  })
  it.each<[string, () => Partial<OutboundAnswer> | Error]>([
    ['can not be reached', () => new Error('no route')],
    ['answer 500', () => ({ status: 500, body: JSON.stringify(JWKS) })],
    ['are moved', () => ({ status: 302, body: '' })],
    ['are no JSON', () => ({ body: '<html>' })],
    ['are no key set', () => ({ body: '{"keys":7}' })],
  ])('make the server ask to try again when they %s', async (_, answer) => {
    const { issuer } = publishing(answer)
    const told = await issuer.fetch(bringing(await signed('k1')))
    expect(told.headers.get('retry-after')).toBe('2')
    await expectError(told, 503, 'temporarily_unavailable')
    expect(issuer.refusals()).toEqual(['client_keys_unreachable'])
  })
  it('serve for a day when newer ones can not be had', async () => {
    let away = false
    const { issuer } = publishing(() => (away ? new Error('away') : { body: JSON.stringify(JWKS) }))
    await tokensOf(await issuer.fetch(bringing(await signed('k1'))))
    away = true
    issuer.pass(3_600)
    await tokensOf(await issuer.fetch(bringing(await assertion({ exp: START + 3_660 }, { client: 'pub' }))))
  })
  it('never include a symmetric key', async () => {
    const { issuer } = publishing(() => ({ body: JSON.stringify({ keys: [{ kty: 'oct', kid: 'k1', k: 'c2VjcmV0' }] }) }))
    await expectError(await issuer.fetch(bringing(await signed('k1'))), 401, 'invalid_client')
  })
})
