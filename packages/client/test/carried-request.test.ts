import { decodeJwt, decodeProtectedHeader, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { clientSecretJwt, privateKeyJwt, signedRequests } from '../src/index.ts'
import { failing, issuer, metadata, setUp, type Answers } from './issuer.ts'

const redirectUri = 'https://app.example/cb'
const requestUri = 'urn:ietf:params:oauth:request_uri:abc'
const withPar = { ...metadata, pushed_authorization_request_endpoint: `${issuer}/par` }
const discovery = (document: object): Answers => ({ '/.well-known/openid-configuration': () => Response.json(document) })
const pushed = (body: unknown = { request_uri: requestUri, expires_in: 60 }, status = 201): Answers => ({ '/par': () => Response.json(body, { status }) })

describe('a pushed authorization request', () => {
  test('leaves the browser with nothing but its name', async () => {
    const { client, asked } = setUp({ ...discovery(withPar), ...pushed() }, { par: 'always' })
    const { url, pending } = await client.authorizationUrl({ redirectUri, scope: 'openid api', resource: ['https://a.example', 'https://b.example'], extra: { prompt: 'login' } })
    expect(url.href).toBe(`${issuer}/authorize?client_id=app&request_uri=${encodeURIComponent(requestUri)}`)
    const form = new URLSearchParams(await asked[0]?.text())
    expect(form.getAll('resource')).toEqual(['https://a.example', 'https://b.example'])
    expect(Object.fromEntries(form)).toMatchObject({ response_type: 'code', client_id: 'app', redirect_uri: redirectUri, scope: 'openid api', state: pending.state, nonce: pending.nonce, code_challenge_method: 'S256', prompt: 'login' })
  })
  test('keeps what the address of the endpoint says by itself', async () => {
    const { client, asked } = setUp({ ...discovery({ ...withPar, authorization_endpoint: `${issuer}/authorize?tenant=x` }), ...pushed() }, { par: 'always' })
    const { url } = await client.authorizationUrl({ redirectUri })
    expect([...url.searchParams.keys()]).toEqual(['tenant', 'client_id', 'request_uri'])
    expect(new URLSearchParams(await asked[0]?.text()).has('tenant')).toBe(false)
  })
  test.each([
    ['auto', undefined, []], ['auto', true, ['/par']], ['always', undefined, ['/par']], ['never', true, []],
  ] as const)('with par %s, where the issuer requires it: %s', async (par, required, paths) => {
    const asked = setUp({ ...discovery({ ...withPar, require_pushed_authorization_requests: required }), ...pushed() }, { par })
    await asked.client.authorizationUrl({ redirectUri })
    expect(asked.paths()).toEqual(paths)
  })
  test.each<[string, Answers]>([
    ['pushed_response_malformed', pushed({})], ['pushed_response_malformed', pushed({ request_uri: 7, expires_in: 60 })], ['pushed_response_malformed', pushed({ request_uri: 'a b', expires_in: 60 })],
    ['pushed_response_malformed', pushed([])], ['expires_in_invalid', pushed({ request_uri: requestUri })], ['expires_in_invalid', pushed({ request_uri: requestUri, expires_in: -1 })],
    ['invalid_request', pushed({ error: 'invalid_request' }, 400)], ['redirect_refused', { '/par': () => Response.redirect('https://evil.example/') }],
  ])('is refused as %s', async (code, answers) => {
    expect(await failing(setUp({ ...discovery(withPar), ...answers }, { par: 'always' }).client.authorizationUrl({ redirectUri }))).toBe(code)
  })
  test('is not begun where the issuer has no place for it', async () => {
    expect(await failing(setUp({}, { par: 'always' }).client.authorizationUrl({ redirectUri }))).toBe('endpoint_missing')
  })
})

describe('a signed authorization request', () => {
  test('says everything under the signature, and is meant for the issuer', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const { client } = setUp({}, { signRequest: signedRequests({ key: privateKey, kid: 'k' }) })
    const { url, pending } = await client.authorizationUrl({ redirectUri, responseMode: 'jwt' })
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'request'])
    const request = url.searchParams.get('request') ?? ''
    expect(decodeProtectedHeader(request)).toMatchObject({ typ: 'oauth-authz-req+jwt', alg: 'ES256', kid: 'k' })
    const { payload } = await jwtVerify(request, publicKey, { audience: issuer, issuer: 'app', currentDate: new Date() })
    expect(payload).toMatchObject({ client_id: 'app', response_type: 'code', response_mode: 'jwt', redirect_uri: redirectUri, state: pending.state, nonce: pending.nonce, code_challenge: expect.any(String), exp: expect.any(Number), jti: expect.any(String) })
    expect(pending.response_mode).toBe('jwt')
  })
  test('can be pushed as well', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const { client, asked } = setUp({ ...discovery(withPar), ...pushed() }, { par: 'always', signRequest: signedRequests(privateKey) })
    const { url } = await client.authorizationUrl({ redirectUri })
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    expect([...new URLSearchParams(await asked[0]?.text()).keys()]).toEqual(['client_id', 'request'])
  })
})

describe('a client that signs instead of sending a secret', () => {
  const token: Answers = { '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer' }) }
  test.each(['ES256', 'PS256', 'RS256', 'Ed25519'])('by a private key for %s', async alg => {
    const { privateKey, publicKey } = await generateKeyPair(alg)
    const { client, asked } = setUp(token, { clientAuth: privateKeyJwt({ key: privateKey, kid: 'k' }) })
    await client.clientCredentials()
    const form = new URLSearchParams(await asked[0]?.text())
    expect(Object.fromEntries(form)).toEqual({ grant_type: 'client_credentials', client_id: 'app', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: expect.any(String) })
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', publicKey, { issuer: 'app', subject: 'app' })
    // Its audience is the issuer alone, as rfc7523bis wants it.
    expect(payload.aud).toBe(issuer)
  })
  test('by the secret itself, once for each request', async () => {
    const { client, asked } = setUp(token, { clientAuth: clientSecretJwt('a secret that has at least 32 characters') })
    await client.clientCredentials()
    await client.clientCredentials()
    const assertions = await Promise.all(asked.map(async request => new URLSearchParams(await request.text()).get('client_assertion') ?? ''))
    for (const assertion of assertions) await expect(jwtVerify(assertion, new TextEncoder().encode('a secret that has at least 32 characters'), { algorithms: ['HS256'] })).resolves.toBeDefined()
    expect(new Set(assertions.map(assertion => decodeJwt(assertion)['jti'])).size).toBe(2)
    expect((await Promise.all(asked.map(request => request.headers.get('authorization'))))).toEqual([null, null])
  })
})

describe('grants by name', () => {
  test('exchange one token for another', async () => {
    const { client, asked } = setUp({ '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }) })
    await client.exchangeToken({ subjectToken: 's', actorToken: 'a', audience: ['x', 'y'], scope: 'api', resource: 'https://api.example' })
    const form = new URLSearchParams(await asked[0]?.text())
    expect(form.getAll('audience')).toEqual(['x', 'y'])
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: 'app', subject_token: 's', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: 'a', actor_token_type: 'urn:ietf:params:oauth:token-type:access_token', audience: 'y', scope: 'api', resource: 'https://api.example',
    })
  })
  test('bring an assertion', async () => {
    const { client, asked } = setUp({ '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer' }) })
    await client.jwtBearer('a.b.c', { scope: 'api' })
    expect(Object.fromEntries(new URLSearchParams(await asked[0]?.text()))).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_id: 'app', assertion: 'a.b.c', scope: 'api' })
  })
})
