import { type ClientJwk, type ClientMetadata, CONTENT_ENCRYPTIONS, type ContentEncryption, digest, KEY_ENCRYPTIONS, type KeyEncryption } from '@latchkey/core'
import type { Outbound } from '@latchkey/server'
import { compactDecrypt, type CompactJWEHeaderParameters, createLocalJWKSet, type CryptoKey, decodeProtectedHeader, exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf } from './browser.ts'
import { CLAIMS, CLIENTS, ISSUER, type Issuer, refused, START, testIssuer } from './issuer.ts'
import { expectError, redeeming, refreshing, signedIn, tokenRequest, tokensOf, userinfoRequest } from './tokens.ts'

const EMAIL = { sub: 'alice', email: CLAIMS.email, email_verified: true }
const JWKS_URI = 'https://rp.example/jwks'

const rsa = await generateKeyPair('RSA-OAEP-256', { extractable: true })
const ec = await generateKeyPair('ECDH-ES', { extractable: true })
const okp = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
const jwk = async (key: CryptoKey, members: object = {}) => ({ ...(await exportJWK(key)), ...members }) as unknown as ClientJwk
const RSA = await jwk(rsa.publicKey, { kid: 'rsa', use: 'enc' })
const EC = await jwk(ec.publicKey, { kid: 'ec' })
const keyOf = (alg: KeyEncryption) => (alg.startsWith('RSA') ? rsa.privateKey : ec.privateKey)
/** What the browser carries in the fragment. */
const carried = (answer: Response) => Object.fromEntries(new URLSearchParams(new URL(answer.headers.get('location') ?? '').hash.slice(1)))

const FLOW = { token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid profile email offline_access api', policy: { consent: 'never' } } as const
const BASE: ClientMetadata = { ...FLOW, client_id: 'enc', jwks: { keys: [RSA, EC] } }
const issuerOf = (changes: Partial<ClientMetadata>, outbound?: Outbound) => testIssuer({ clients: [...CLIENTS, { ...BASE, ...changes }], ...(outbound === undefined ? {} : { outbound }) })
const signIn = (issuer: Issuer) => signedIn(issuer, { client_id: 'enc', scope: 'openid email offline_access' })

async function opened(jwe: string, key: CryptoKey): Promise<{ header: CompactJWEHeaderParameters; text: string }> {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await exportJWK(key))
  return { header: protectedHeader, text: new TextDecoder().decode(plaintext) }
}
async function verified(issuer: Issuer, jws: string): Promise<JWTPayload> {
  const keys = (await (await issuer.fetch(new Request(`${ISSUER}/jwks`))).json()) as JSONWebKeySet
  return (await jwtVerify(jws, createLocalJWKSet(keys), { issuer: ISSUER, audience: 'enc', currentDate: new Date(START * 1_000) })).payload
}
async function told(issuer: Issuer, access_token: string): Promise<string> {
  const answer = await issuer.fetch(userinfoRequest(access_token))
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, 'application/jwt', 'no-store'])
  return answer.text()
}

describe('KEYS-3 an encrypted ID Token', () => {
  const every = KEY_ENCRYPTIONS.flatMap((alg) => CONTENT_ENCRYPTIONS.map((enc) => [alg, enc] as const))
  it.each(every)('by %s and %s names the key of the client, and holds the signed one', async (alg: KeyEncryption, enc: ContentEncryption) => {
    const issuer = issuerOf({ id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc })
    const { id_token, access_token } = await signIn(issuer)
    const { header, text } = await opened(id_token, keyOf(alg))
    const { epk, ...rest } = header
    expect(rest).toEqual({ alg, enc, typ: 'JWT', cty: 'JWT', kid: alg.startsWith('RSA') ? 'rsa' : 'ec' })
    expect(epk === undefined).toBe(alg.startsWith('RSA'))
    expect(await verified(issuer, text)).toMatchObject({ sub: 'alice', nonce: 'N1', at_hash: expect.any(String) })
    expect((await issuer.fetch(userinfoRequest(access_token))).headers.get('content-type')).toBe('application/json')
  })
  it('by X25519, which need not have a name', async () => {
    const issuer = issuerOf({ jwks: { keys: [await jwk(okp.publicKey)] }, id_token_encrypted_response_alg: 'ECDH-ES' })
    const { header, text } = await opened((await signIn(issuer)).id_token, okp.privateKey)
    expect([header.enc, header.kid, (await verified(issuer, text)).sub]).toEqual(['A128CBC-HS256', undefined, 'alice'])
  })
  it('comes with refreshed tokens too', async () => {
    const issuer = issuerOf({ id_token_encrypted_response_alg: 'ECDH-ES' })
    const { refresh_token } = await signIn(issuer)
    const { id_token } = await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token, { client_id: 'enc' }))))
    expect(await verified(issuer, (await opened(id_token, ec.privateKey)).text)).toMatchObject({ sub: 'alice' })
  })
  it('goes through the front channel, tied to code and state inside', async () => {
    const issuer = issuerOf({ profile: 'oidc', grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'], id_token_encrypted_response_alg: 'RSA-OAEP-256' })
    const { id_token = '' } = carried(await browserFor(issuer).authorize(asking({ client_id: 'enc', response_type: 'code id_token' })))
    expect(await verified(issuer, (await opened(id_token, rsa.privateKey)).text)).toMatchObject({ nonce: 'N1', c_hash: expect.any(String), s_hash: expect.any(String) })
  })
})

describe('USERINFO-2 an answer of userinfo', () => {
  it('signed has iss and aud, names its key, and has no nonce', async () => {
    const issuer = issuerOf({ userinfo_signed_response_alg: 'RS256' })
    const jws = await told(issuer, (await signIn(issuer)).access_token)
    expect(await verified(issuer, jws)).toEqual({ ...EMAIL, iss: ISSUER, aud: 'enc' })
    expect(decodeProtectedHeader(jws)).toEqual({ alg: 'RS256', kid: expect.any(String), typ: 'JWT' })
  })
  it('signed and encrypted is the one in the other', async () => {
    const issuer = issuerOf({ userinfo_signed_response_alg: 'ES256', userinfo_encrypted_response_alg: 'ECDH-ES+A256KW', userinfo_encrypted_response_enc: 'A256GCM' })
    const { header, text } = await opened(await told(issuer, (await signIn(issuer)).access_token), ec.privateKey)
    expect(header).toMatchObject({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'ec', cty: 'JWT' })
    expect(await verified(issuer, text)).toEqual({ ...EMAIL, iss: ISSUER, aud: 'enc' })
  })
  it('encrypted holds the claims themselves', async () => {
    const issuer = issuerOf({ userinfo_encrypted_response_alg: 'RSA-OAEP' })
    const { header, text } = await opened(await told(issuer, (await signIn(issuer)).access_token), rsa.privateKey)
    expect([header, JSON.parse(text)]).toEqual([{ alg: 'RSA-OAEP', enc: 'A128CBC-HS256', typ: 'JWT', kid: 'rsa' }, { ...EMAIL, iss: ISSUER, aud: 'enc' }])
  })
  it('is plain JSON for everybody else', async () => {
    const issuer = issuerOf({ userinfo_signed_response_alg: 'RS256' })
    const answer = await issuer.fetch(userinfoRequest((await signedIn(issuer, { scope: 'openid email' })).access_token))
    expect([answer.headers.get('content-type'), await answer.json()]).toEqual(['application/json', EMAIL])
  })
  it('U04 signed, it is no access token and no hint of who signed in', async () => {
    const issuer = issuerOf({ userinfo_signed_response_alg: 'ES256' })
    const alice = browserFor(issuer)
    await signedIn(issuer, {}, alice)
    const jws = await told(issuer, (await signIn(issuer)).access_token)
    await refused(issuer, 'access_token_unknown', () => issuer.fetch(userinfoRequest(jws)))
    await refused(issuer, 'id_token_hint_not_ours', () => alice.send(authorizeUrl(asking({ prompt: 'none', id_token_hint: jws }))))
  })
})

describe('a client that publishes its keys', () => {
  const published = (body: () => string | undefined): Outbound => (url) => {
    const text = url === JWKS_URI ? body() : undefined
    return text === undefined ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve({ status: 200, headers: new Headers(), body: text })
  }
  const fetched = (changes: Partial<ClientMetadata>, body: () => string | undefined) => {
    const { jwks: _, ...rest } = BASE
    return testIssuer({ clients: [...CLIENTS, { ...rest, jwks_uri: JWKS_URI, ...changes }], outbound: published(body) })
  }
  it('gets what is encrypted to the first key that fits', async () => {
    const issuer = fetched({ id_token_encrypted_response_alg: 'RSA-OAEP-256' }, () => JSON.stringify({ keys: [{ ...RSA, kid: 'signs', use: 'sig' }, { ...RSA, kid: 'other', alg: 'RSA-OAEP' }, { ...RSA, kid: 'ops', key_ops: ['verify'] }, { ...RSA, kid: 'short', n: 'AQAB' }, EC, RSA] }))
    expect((await opened((await signIn(issuer)).id_token, rsa.privateKey)).header.kid).toBe('rsa')
  })
  it('keeps its code while they can not be fetched, and redeems it afterwards', async () => {
    const bodies: string[] = []
    const issuer = fetched({ id_token_encrypted_response_alg: 'ECDH-ES' }, () => bodies[0])
    const code = await codeOf(browserFor(issuer), asking({ client_id: 'enc' }))
    const redeem = () => issuer.fetch(tokenRequest(redeeming(code, { client_id: 'enc' })))
    await expectError(await refused(issuer, 'client_keys_unreachable', redeem), 503, 'temporarily_unavailable')
    bodies.push(JSON.stringify({ keys: [EC] }))
    expect(await verified(issuer, (await opened((await tokensOf(await redeem())).id_token, ec.privateKey)).text)).toMatchObject({ sub: 'alice' })
  })
  it.each([
    ['none that fits', { keys: [EC] }],
    ['one that is no key', { keys: [{ kty: 'RSA', n: '!'.repeat(342), e: 'AQAB' }] }],
  ])('with %s gets nothing, and keeps its code', async (_, body) => {
    const issuer = fetched({ id_token_encrypted_response_alg: 'RSA-OAEP' }, () => JSON.stringify(body))
    const code = await codeOf(browserFor(issuer), asking({ client_id: 'enc' }))
    await expectError(await refused(issuer, 'client_encryption_key_missing', () => issuer.fetch(tokenRequest(redeeming(code, { client_id: 'enc' })))), 400, 'invalid_request')
    expect(issuer.stored()).toContain(digest(code))
  })
  it('is told so in the front channel where it asked from', async () => {
    const hybrid = { profile: 'oidc', grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'], id_token_encrypted_response_alg: 'RSA-OAEP' } as const
    const issuer = fetched(hybrid, () => JSON.stringify({ keys: [] }))
    const answer = await browserFor(issuer).authorize(asking({ client_id: 'enc', response_type: 'code id_token' }))
    expect(answer.headers.get('location')).toMatch(/^https:\/\/spa\.example\/cb#error=invalid_request&/)
    expect(issuer.refusals()).toEqual(['client_encryption_key_missing'])
    expect(issuer.count('authorization_code')).toBe(0)
  })
  it('is told so by userinfo', async () => {
    const issuer = fetched({ userinfo_encrypted_response_alg: 'RSA-OAEP' }, () => JSON.stringify({ keys: [] }))
    const { access_token } = await signIn(issuer)
    await expectError(await refused(issuer, 'client_encryption_key_missing', () => issuer.fetch(userinfoRequest(access_token))), 400, 'invalid_request')
  })
})
