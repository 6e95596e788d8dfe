import { calculateJwkThumbprint, compactVerify, decodeJwt, decodeProtectedHeader, EmbeddedJWK, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { createDpop, createDpopKey, dpopProof, dpopThumbprint, type TokenSet } from '../src/index.ts'
import { failing, issuer, metadata, now, setUp, type Answers } from './issuer.ts'

const redirectUri = 'https://app.example/cb'
// RFC 9449 §7.1
const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const granted = (more: object = {}): Response => Response.json({ access_token: 'at', token_type: 'DPoP', expires_in: 60, ...more })
const asksNonce = (nonce: string): Response => Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers: { 'dpop-nonce': nonce } })
const nonceOf = (request: Request | undefined): unknown => decodeJwt(request?.headers.get('dpop') ?? '')['nonce']

describe('a proof', () => {
  test.each(['ES256', 'PS256', 'Ed25519'])('by a key for %s says what it is for, and verifies', async alg => {
    const key = await generateKeyPair(alg)
    const proof = await dpopProof(key, { method: 'POST', url: 'https://op.example:443/token?x=1#y', accessToken: token }, now, 'n')
    expect(decodeProtectedHeader(proof)).toEqual({ typ: 'dpop+jwt', alg, jwk: await exportJWK(key.publicKey) })
    expect(decodeJwt(proof)).toEqual({ jti: expect.stringMatching(/^[\w-]{22}$/), htm: 'POST', htu: 'https://op.example/token', iat: now, ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo', nonce: 'n' })
    await expect(compactVerify(proof, EmbeddedJWK)).resolves.toBeDefined()
  })
  test('is another one each time, by a key that cannot be taken out', async () => {
    const key = await createDpopKey()
    expect(key.privateKey.extractable).toBe(false)
    const [one, other] = await Promise.all([1, 2].map(() => dpopProof(key, { method: 'GET', url: issuer }, now)))
    expect(decodeJwt(one ?? '')['jti']).not.toBe(decodeJwt(other ?? '')['jti'])
    expect(await dpopThumbprint(key)).toBe(await calculateJwkThumbprint(await exportJWK(key.publicKey)))
  })
  test('comes from one key, which is asked for again when it could not be had', async () => {
    let tries = 0
    const key = await createDpopKey()
    const dpop = createDpop({ key: async () => { tries += 1; if (tries === 1) throw new Error('locked'); return key } })
    await expect(dpop.thumbprint()).rejects.toThrow('locked')
    expect(await Promise.all([dpop.thumbprint(), dpop.thumbprint()])).toEqual([await dpopThumbprint(key), await dpopThumbprint(key)])
    expect(tries).toBe(2)
  })
})

describe('a client that binds its tokens', () => {
  const bound = (answers: Answers, more: object = {}) => setUp(answers, { dpop: createDpop({ now: () => now }), ...more })

  test('proves itself at the token endpoint, and announces the key before', async () => {
    const dpop = createDpop({ now: () => now })
    const { client, asked } = setUp({ '/token': () => granted() }, { dpop })
    const { url, pending } = await client.authorizationUrl({ redirectUri, scope: 'api' })
    expect(url.searchParams.get('dpop_jkt')).toBe(await dpop.thumbprint())
    const tokens = await client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer }), pending)
    expect(tokens.accessToken.type).toBe('DPoP')
    expect(decodeJwt(asked[0]?.headers.get('dpop') ?? '')).toMatchObject({ htm: 'POST', htu: `${issuer}/token` })
  })
  test('repeats a request once for the nonce that is wanted, with all its parameters, and uses it from then on', async () => {
    const { client, asked } = bound({ '/token': request => nonceOf(request) === 'n1' ? granted() : asksNonce('n1') })
    await client.clientCredentials({ scope: 'api' })
    await client.clientCredentials({ scope: 'api' })
    expect(asked.map(nonceOf)).toEqual([undefined, 'n1', 'n1'])
    const [first, second] = await Promise.all(asked.map(request => request.text()))
    expect(second).toBe(first)
  })
  test('takes the nonce that comes with an answer for the next request', async () => {
    const { client, asked } = bound({ '/token': () => Response.json({ access_token: 'at', token_type: 'DPoP' }, { headers: { 'dpop-nonce': `n${asked.length}` } }) })
    for (let count = 0; count < 3; count++) await client.clientCredentials()
    expect(asked.map(nonceOf)).toEqual([undefined, 'n1', 'n2'])
  })
  test.each<[string, Answers, number]>([
    ['K09 a nonce is wanted for ever', { '/token': () => asksNonce(crypto.randomUUID()) }, 2],
    ['K09 the same nonce is wanted again', { '/token': () => asksNonce('same') }, 2],
    ['K09 a nonce is wanted and none is given', { '/token': () => Response.json({ error: 'use_dpop_nonce' }, { status: 400 }) }, 1],
    ['K09 the nonce is no nonce', { '/token': () => asksNonce('two words') }, 1],
  ])('throws after at most one retry when %s', async (_, answers, count) => {
    const { client, asked } = bound(answers)
    expect(await failing(client.clientCredentials())).toBe('use_dpop_nonce')
    expect(asked).toHaveLength(count)
  })
  test.each([['K09 Bearer', 'Bearer'], ['K09 bearer', 'bearer'], ['K09 N_A', 'N_A']])('never takes a token of type %s', async (_, token_type) => {
    expect(await failing(bound({ '/token': () => granted({ token_type }) }).client.clientCredentials())).toBe('token_type_mismatch')
  })
  test('K09 is not handed a bound token that it did not ask for', async () => {
    expect(await failing(setUp({ '/token': () => granted() }).client.clientCredentials())).toBe('token_type_mismatch')
  })
  test('proves itself where it asks about the user, for that token and with the nonce of that server', async () => {
    const asksAtResource = (): Response => new Response(null, { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'r1' } })
    const { client, asked } = bound({ '/userinfo': request => nonceOf(request) === 'r1' ? Response.json({ sub: 'alice' }) : asksAtResource(), '/token': () => granted() })
    const tokens: TokenSet = { issuer, clientId: 'app', accessToken: { token, type: 'DPoP', expiresAt: now + 60, scope: [] }, claims: { iss: issuer, sub: 'alice', aud: 'app', exp: now, iat: now } }
    expect(await client.userinfo(tokens)).toEqual({ sub: 'alice' })
    await client.clientCredentials()
    expect(asked.map(nonceOf)).toEqual([undefined, 'r1', undefined])
    expect(asked[0]?.headers.get('authorization')).toBe(`DPoP ${token}`)
    expect(decodeJwt(asked[0]?.headers.get('dpop') ?? '')['ath']).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo')
    expect(await failing(setUp({}).client.userinfo(tokens))).toBe('invalid_configuration')
  })
  test('sends no proof where no token is granted', async () => {
    const { client, asked } = bound({ '/revoke': () => new Response(null) })
    await client.revoke('rt')
    expect(asked[0]?.headers.has('dpop')).toBe(false)
    expect(metadata.revocation_endpoint).toBeDefined()
  })
})
