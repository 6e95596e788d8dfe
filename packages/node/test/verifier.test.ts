import { base64url, exportJWK, exportSPKI, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier, isVerifyError, type Requirements, type VerifierOptions, type VerifyError } from '../src/index.ts'
import { AUDIENCE, bearer, goodClaims, ISSUER, NOW, sign, signingKey, type SigningKey, testIssuer } from './test-issuer.ts'

let key: SigningKey
let rsa: SigningKey

beforeAll(async () => {
  key = await signingKey('k1')
  rsa = await signingKey('r1', 'RS256')
})

function verifier(options: Partial<VerifierOptions> = {}) {
  return createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: testIssuer(key, rsa).fetch, now: () => NOW, ...options })
}

async function refusal(request: Request, required?: Requirements, options?: Partial<VerifierOptions>): Promise<VerifyError> {
  const error: unknown = await verifier(options)(request, required).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isVerifyError(error)) throw new Error('not refused', { cause: error })
  return error
}

describe('a token that holds', () => {
  it('answers who, through which client, with which scope', async () => {
    const token = await sign(key)
    const verified = await verifier()(bearer(token), { scope: 'api' })
    expect(verified).toEqual({ sub: 'alice', clientId: 'spa', scope: new Set(['api', 'orders:read']), claims: goodClaims, token })
  })

  it.each([
    ['a list of audiences that has ours', { aud: ['https://other.example', AUDIENCE] }, {}],
    ['no scope', { scope: undefined }, {}],
    ['the media type spelled out', {}, { typ: 'application/at+jwt' }],
    ['no kid', {}, { kid: undefined }],
    ['clocks that differ within the tolerance', { iat: NOW + 4, nbf: NOW + 4 }, {}],
  ])('accepts %s', async (_, claims, header) => {
    await expect(verifier()(bearer(await sign(key, claims, header)))).resolves.toMatchObject({ sub: 'alice' })
  })

  it('finds the right one among several keys when the token names none', async () => {
    const fetch = testIssuer(await signingKey('a'), await signingKey('b'), key).fetch
    await expect(verifier({ fetch })(bearer(await sign(key, {}, { kid: undefined })))).resolves.toMatchObject({ sub: 'alice' })
  })

  it('reads the scheme in any case', async () => {
    const request = new Request(AUDIENCE, { headers: { authorization: `bEARER ${await sign(key)}` } })
    await expect(verifier()(request)).resolves.toMatchObject({ sub: 'alice' })
  })
})

describe('a mutated token is refused', () => {
  it.each([
    ['wrong typ: an ID Token', {}, { typ: 'JWT' }, 'type_mismatch'],
    ['no typ', {}, { typ: undefined }, 'type_mismatch'],
    ['wrong iss', { iss: 'https://evil.example' }, {}, 'issuer_mismatch'],
    ['iss with a trailing slash', { iss: `${ISSUER}/` }, {}, 'issuer_mismatch'],
    ['wrong aud', { aud: 'https://other.example' }, {}, 'audience_mismatch'],
    ['aud that only starts like ours', { aud: `${AUDIENCE}.evil.example` }, {}, 'audience_mismatch'],
    ['expired', { exp: NOW - 6 }, {}, 'token_expired'],
    ['expired exactly at the tolerance', { exp: NOW - 5 }, {}, 'token_expired'],
    ['iat in the future', { iat: NOW + 6 }, {}, 'token_not_yet_valid'],
    ['nbf in the future', { nbf: NOW + 6 }, {}, 'token_not_yet_valid'],
    ['exp as text', { exp: '1900000000' }, {}, 'claim_malformed'],
    ['an empty client_id', { client_id: '' }, {}, 'claim_malformed'],
    ['sub as a number', { sub: 7 }, {}, 'claim_malformed'],
    ['scope as an array', { scope: ['api'] }, {}, 'claim_malformed'],
    ['a key nobody published', {}, { kid: 'k9' }, 'key_unknown'],
    ['bound to a DPoP key', { cnf: { jkt: 'x' } }, {}, 'proof_missing'],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'x' } }, {}, 'proof_missing'],
    ...['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id'].map((claim) => [`missing ${claim}`, { [claim]: undefined }, {}, 'claim_missing'] as const),
  ] as const)('%s', async (_, claims, header, reason) => {
    expect((await refusal(bearer(await sign(key, claims, header)))).reason).toBe(reason)
  })

  // For what jose declines to sign.
  async function signByHand(header: string, payload: string): Promise<string> {
    const signed = `${base64url.encode(header)}.${base64url.encode(payload)}`
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, new TextEncoder().encode(signed))
    return `${signed}.${base64url.encode(new Uint8Array(signature))}`
  }

  it('a critical header that is not understood', async () => {
    const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }
    const payload = JSON.stringify(goodClaims)
    expect((await refusal(bearer(await signByHand(JSON.stringify({ ...header, crit: ['exp'], exp: 1 }), payload)))).reason).toBe('token_malformed')
    await expect(verifier()(bearer(await signByHand(JSON.stringify(header), payload)))).resolves.toMatchObject({ sub: 'alice' })
  })

  it('an exp beyond every number', async () => {
    const payload = JSON.stringify({ ...goodClaims, exp: 0 }).replace('"exp":0', '"exp":1e309')
    expect((await refusal(bearer(await signByHand('{"alg":"ES256","kid":"k1","typ":"at+jwt"}', payload)))).reason).toBe('claim_malformed')
  })

  it('alg none, with and without a signature', async () => {
    const [, payload, signature] = (await sign(key)).split('.')
    for (const alg of ['none', 'None', 'NONE']) {
      const header = base64url.encode(JSON.stringify({ alg, typ: 'at+jwt', kid: 'k1' }))
      expect((await refusal(bearer(`${header}.${payload}.`))).reason).toBe('algorithm_refused')
      expect((await refusal(bearer(`${header}.${payload}.${signature}`))).reason).toBe('algorithm_refused')
    }
  })

  it('HS256 keyed with the public key, as PEM and as JWK', async () => {
    for (const secret of [await exportSPKI(rsa.publicKey), JSON.stringify(await exportJWK(rsa.publicKey))]) {
      const forged = await new SignJWT({ ...goodClaims }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'r1' }).sign(new TextEncoder().encode(secret))
      expect((await refusal(bearer(forged))).reason).toBe('algorithm_refused')
    }
  })

  it('before the issuer is asked anything, when its header alone condemns it', async () => {
    const issuer = testIssuer(key)
    for (const header of [{ typ: 'JWT' }, { typ: undefined }, { typ: 'xat+jwt' }]) expect((await refusal(bearer(await sign(key, {}, header)), {}, { fetch: issuer.fetch })).reason).toBe('type_mismatch')
    expect((await refusal(bearer(await sign(rsa)), {}, { fetch: issuer.fetch, algorithms: ['ES256'] })).reason).toBe('algorithm_refused')
    expect(issuer.asked).toEqual([])
  })

  it('an algorithm the verifier was not told to accept', async () => {
    expect((await refusal(bearer(await sign(rsa)), {}, { algorithms: ['ES256'] })).reason).toBe('algorithm_refused')
  })

  it('signed with another key under a published kid', async () => {
    expect((await refusal(bearer(await sign({ ...(await signingKey('k1')), kid: 'k1' })))).reason).toBe('signature_mismatch')
  })

  it('a published kid under the algorithm of another key', async () => {
    expect((await refusal(bearer(await sign(rsa, {}, { kid: 'k1' })))).reason).toBe('key_unknown')
  })

  it('signed with a key that the token brings along or points to', async () => {
    const own = await signingKey('own')
    const jwk = await exportJWK(own.publicKey)
    const issuer = testIssuer(key)
    const token = await sign(own, {}, { kid: 'k1', jwk, jku: 'https://evil.example/jwks', x5u: 'https://evil.example/cert' })
    expect((await refusal(bearer(token), {}, { fetch: issuer.fetch })).reason).toBe('signature_mismatch')
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it.each(['payload', 'header', 'signature'] as const)('one changed character in the %s', async (part) => {
    const parts = (await sign(key)).split('.')
    const at = ['header', 'payload', 'signature'].indexOf(part)
    const text = parts[at] ?? ''
    const middle = Math.floor(text.length / 2)
    parts[at] = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
    expect((await refusal(bearer(parts.join('.')))).oauth?.error).toBe('invalid_token')
  })

  it.each(['opaque', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', 'x'.repeat(20_000), `${'A'.repeat(9000)}.${'A'.repeat(9000)}.A`])('no JWT at all: %.12s', async (token) => {
    const issuer = testIssuer(key)
    expect((await refusal(bearer(token), {}, { fetch: issuer.fetch })).reason).toBe('token_malformed')
    expect(issuer.asked).toEqual([])
  })
})

describe('a refused request is answered', () => {
  const metadata = 'https://api.example.com/.well-known/oauth-protected-resource'

  async function answer(error: VerifyError) {
    const response = error.toResponse()
    return { status: response.status, challenge: response.headers.get('www-authenticate'), store: response.headers.get('cache-control'), body: await response.text() }
  }

  it('bare when there is no token', async () => {
    const error = await refusal(new Request(AUDIENCE), { scope: 'api' })
    expect(error).toMatchObject({ code: 'invalid_token', phase: 'verify', reason: 'token_missing', status: 401, retryable: false })
    expect(await answer(error)).toEqual({ status: 401, challenge: 'Bearer', store: 'no-store', body: '' })
  })

  it('with the way to a token when metadata is published', async () => {
    expect(await answer(await refusal(new Request(AUDIENCE), { scope: 'api' }, { resourceMetadata: metadata }))).toMatchObject({ challenge: `Bearer scope="api", resource_metadata="${metadata}"` })
  })

  it.each([
    ['in the query', () => new Request(`${AUDIENCE}/me?access_token=x`)],
    ['in the body', () => new Request(AUDIENCE, { method: 'POST', body: new URLSearchParams({ access_token: 'x' }) })],
    ['under another scheme', () => new Request(AUDIENCE, { headers: { authorization: 'Basic eDp5' } })],
    ['in a cookie', () => new Request(AUDIENCE, { headers: { cookie: 'access_token=x' } })],
  ])('as if there were none when a token is %s', async (_, request) => {
    expect((await refusal(request())).reason).toBe('token_missing')
  })

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer  =', 'Bearer "a.b.c"', 'Bearer,a'])('with 400 when the header is malformed: %s', async (authorization) => {
    const error = await refusal(new Request(AUDIENCE, { headers: { authorization } }))
    expect(await answer(error)).toEqual({
      status: 400,
      challenge: 'Bearer error="invalid_request", error_description="The Authorization header is malformed"',
      store: 'no-store',
      body: '{"error":"invalid_request","error_description":"The Authorization header is malformed"}',
    })
  })

  it('with one and the same text for every forgery', async () => {
    const answers = await Promise.all([
      sign(key, { iss: 'https://evil.example' }),
      sign(key, { aud: 'https://other.example' }),
      sign(key, {}, { kid: 'k9' }),
    ].map(async (token) => answer(await refusal(bearer(await token)))))
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 401, challenge: 'Bearer error="invalid_token", error_description="The access token is invalid"' })
  })

  it('with 403 and the scope that is needed', async () => {
    const error = await refusal(bearer(await sign(key)), { scope: 'api orders:write' }, { resourceMetadata: metadata })
    expect(error.code).toBe('insufficient_scope')
    expect(await answer(error)).toMatchObject({
      status: 403,
      challenge: `Bearer error="insufficient_scope", error_description="The access token does not cover the scope this request needs", scope="api orders:write", resource_metadata="${metadata}"`,
    })
  })

  it('without granting a scope that is only the beginning of another', async () => {
    expect((await refusal(bearer(await sign(key, { scope: 'api-admin apix' })), { scope: 'api' })).reason).toBe('scope_missing')
  })

  it('with the authentication that is needed', async () => {
    const required = { acrValues: 'gold silver', maxAge: 60 }
    const error = await refusal(bearer(await sign(key, { acr: 'gold', auth_time: NOW - 66 })), required)
    expect(error.reason).toBe('authentication_insufficient')
    expect(await answer(error)).toMatchObject({
      status: 401,
      challenge: 'Bearer error="insufficient_user_authentication", error_description="A different or more recent authentication is needed", acr_values="gold silver", max_age="60"',
    })
    expect((await refusal(bearer(await sign(key, { acr: 'bronze', auth_time: NOW })), required)).reason).toBe('authentication_insufficient')
    expect((await refusal(bearer(await sign(key)), { maxAge: 60 })).reason).toBe('authentication_insufficient')
    await expect(verifier()(bearer(await sign(key, { acr: 'silver', auth_time: NOW - 65 })), required)).resolves.toMatchObject({ sub: 'alice' })
  })

  it('with 503 while the issuer cannot be reached, which blames no token', async () => {
    const error = await refusal(bearer(await sign(key)), {}, { fetch: () => Promise.reject(new TypeError('fetch failed')) })
    expect(error).toMatchObject({ code: 'temporarily_unavailable', reason: 'keys_unavailable', retryable: true })
    expect(await answer(error)).toMatchObject({ status: 503, challenge: null })
    expect(error.toResponse().headers.get('retry-after')).toBe('5')
  })
})

describe('options that cannot be right', () => {
  it.each<[string, Partial<VerifierOptions>]>([
    ['an issuer that is no URL', { issuer: 'op.example' }],
    ['no audience', { audience: [] }],
    ['an empty audience', { audience: '' }],
    ['a symmetric algorithm', { algorithms: ['HS256' as 'RS256'] }],
    ['no signature', { algorithms: ['none' as 'RS256'] }],
    ['no algorithm', { algorithms: [] }],
    ['a negative tolerance', { clockTolerance: -1 }],
    ['keys in clear text', { jwksUri: 'http://op.example/jwks' }],
    ['metadata at a relative URL', { resourceMetadata: '/x' }],
  ])('throw at once: %s', (_, options) => {
    expect(() => verifier(options)).toThrow(expect.objectContaining({ code: 'invalid_configuration', phase: 'config' }))
  })

  it.each(['http://localhost:4700', 'http://127.0.0.1:4700', 'http://[::1]:4700', 'https://op.example/tenant'])('but not %s', (issuer) => {
    expect(() => verifier({ issuer })).not.toThrow()
  })

  it('throw at once: an http issuer beyond loopback', () => {
    expect(() => verifier({ issuer: 'http://op.example' })).toThrow(expect.objectContaining({ code: 'insecure_issuer', phase: 'config' }))
  })

  it('but not an http issuer that is allowed by name', () => {
    expect(() => verifier({ issuer: 'http://op.example', allowInsecureIssuer: true })).not.toThrow()
  })

  it.each<Requirements>([{ scope: '' }, { scope: 'a"b' }, { scope: 'a  b' }, { maxAge: -1 }, { acrValues: 'a\\b' }])('throw for the request: %o', async (required) => {
    await expect(verifier()(bearer(await sign(key)), required)).rejects.toMatchObject({ phase: 'config' })
  })
})
