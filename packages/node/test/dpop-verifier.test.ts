import { createDpop, type Dpop } from '@latchkey/client'
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { clientSecretBasic, createResourceMetadata, createVerifier, isVerifyError, memoryReplayStore, type VerifierOptions, type VerifyError } from '../src/index.ts'
import { AUDIENCE, bearer, goodClaims, ISSUER, NOW, sign, signingKey, type SigningKey, testIssuer } from './test-issuer.ts'

const URL_OF_ME = 'https://api.example.com/me'
const NONCE = { secret: 'the secret of the nonces of a resource' }
let key: SigningKey
let dpop: Dpop
let jkt: string

beforeAll(async () => {
  key = await signingKey('k1')
  dpop = createDpop({ now: () => NOW })
  jkt = await dpop.thumbprint()
})

const verifier = (options: Partial<VerifierOptions> = {}) => createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: testIssuer(key).fetch, now: () => NOW, ...options })
const bound = (more: object = {}) => sign(key, { cnf: { jkt }, ...more })
const proven = async (token: string, proof?: string | null, init: RequestInit = {}) =>
  new Request(URL_OF_ME, { ...init, headers: { authorization: `DPoP ${token}`, ...(proof !== null && { dpop: proof ?? (await dpop.proof({ method: init.method ?? 'GET', url: URL_OF_ME, accessToken: token })) }) } })

async function refusal(request: Request, options: Partial<VerifierOptions> = {}, verify = verifier(options)): Promise<VerifyError> {
  const error: unknown = await verify(request).then(() => undefined, (thrown: unknown) => thrown)
  if (!isVerifyError(error)) throw new Error('not refused', { cause: error })
  return error
}

/** A proof by hand, bent as told. */
async function proof(token: string, claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}, signer?: CryptoKey): Promise<string> {
  const { privateKey, publicKey } = await dpop.key()
  const good = { jti: crypto.randomUUID(), htm: 'GET', htu: URL_OF_ME, iat: NOW, ath: createHash('sha256').update(token).digest('base64url') }
  const written = JSON.parse(JSON.stringify({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey), ...header }))
  return new SignJWT(JSON.parse(JSON.stringify({ ...good, ...claims }))).setProtectedHeader(written).sign(signer ?? privateKey)
}

describe('a token bound to a key holds', () => {
  it.each<[string, string]>([['as it is', URL_OF_ME], ['with query and fragment left out of the proof', `${URL_OF_ME}?page=2`]])('%s', async (_, url) => {
    const token = await bound()
    const request = new Request(url, { headers: { authorization: `DPoP ${token}`, dpop: await proof(token) } })
    await expect(verifier()(request)).resolves.toMatchObject({ sub: 'alice', claims: { cnf: { jkt } } })
  })
  it('with the port that goes without saying, and the scheme in any case', async () => {
    const token = await bound()
    const request = new Request(URL_OF_ME, { headers: { authorization: `dpop ${token}`, dpop: await proof(token, { htu: 'HTTPS://API.example.com:443/me' }) } })
    await expect(verifier()(request)).resolves.toMatchObject({ sub: 'alice' })
  })
  it('behind a proxy, where the origin is told', async () => {
    const token = await bound()
    const request = new Request('http://inside.local:8080/me', { headers: { authorization: `DPoP ${token}`, dpop: await proof(token) } })
    await expect(verifier({ origin: 'https://api.example.com' })(request)).resolves.toMatchObject({ sub: 'alice' })
  })
  it.each(['PS256', 'Ed25519', 'ES384'])('by a key for %s', async (alg) => {
    const pair = await generateKeyPair(alg)
    const jwk = await exportJWK(pair.publicKey)
    const token = await bound({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    await expect(verifier()(await proven(token, await proof(token, {}, { alg, jwk }, pair.privateKey)))).resolves.toMatchObject({ sub: 'alice' })
  })
})

describe('a proof is refused', () => {
  it.each<[string, string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>?]>([
    ['proof_malformed', 'without jti', { jti: undefined }],
    ['proof_malformed', 'without htm', { htm: undefined }],
    ['proof_malformed', 'without htu', { htu: undefined }],
    ['proof_malformed', 'without iat', { iat: undefined }],
    ['proof_malformed', 'of another type', {}, { typ: 'JWT' }],
    ['proof_malformed', 'without a key', {}, { jwk: undefined }],
    ['proof_malformed', 'with a key that it was not signed by', {}, { jwk: 'foreign' }],
    ['proof_malformed', 'with a private key in it', {}, { jwk: 'private' }],
    ['proof_malformed', 'by an algorithm that is not allowed', {}, { alg: 'HS256' }],
    ['proof_for_other_request', 'for another method', { htm: 'POST' }],
    ['proof_for_other_request', 'for a method in another case', { htm: 'get' }],
    ['proof_for_other_request', 'for another path', { htu: 'https://api.example.com/other' }],
    ['proof_for_other_request', 'for another host', { htu: 'https://evil.example/me' }],
    ['proof_for_other_request', 'for clear text', { htu: 'http://api.example.com/me' }],
    ['proof_for_other_request', 'for no address', { htu: 'me' }],
    ['proof_for_other_token', 'without ath', { ath: undefined }],
    ['proof_for_other_token', 'for another token', { ath: 'x' }],
    ['proof_key_mismatch', 'by another key', {}, { jwk: 'own' }],
    ['proof_expired', 'that is too old', { iat: NOW - 66 }],
    ['proof_expired', 'that is from the future', { iat: NOW + 6 }],
  ])('as %s: %s', async (reason, _, claims, header = {}) => {
    const token = await bound()
    const other = await generateKeyPair('ES256', { extractable: true })
    const kinds: Readonly<Record<string, unknown>> = { foreign: await exportJWK(other.publicKey), own: await exportJWK(other.publicKey), private: await exportJWK(other.privateKey) }
    const given = { ...header, ...(typeof header['jwk'] === 'string' && { jwk: kinds[header['jwk']] }) }
    const signer = header['alg'] === 'HS256' ? await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']) as CryptoKey : header['jwk'] === 'own' || header['jwk'] === 'private' ? other.privateKey : undefined
    const error = await refusal(await proven(token, await proof(token, claims, given, signer)))
    expect(error).toMatchObject({ reason, status: 401, code: 'invalid_dpop_proof' })
    expect(error.toResponse().headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof", error_description="The DPoP proof is invalid", algs="RS256 .*Ed25519"$/)
  })
  it.each([['proof_missing', null], ['proof_malformed', 'x'], ['proof_malformed', 'a.b.c'], ['proof_malformed', 'x'.repeat(9000)], ['proof_malformed', 'two']])('as %s: %.10s', async (reason, given) => {
    const token = await bound()
    const text = given === 'two' ? `${await proof(token)}, ${await proof(token)}` : given
    expect((await refusal(await proven(token, text))).reason).toBe(reason)
  })
  it('as proof_replayed when it comes again, also to another process, but not by its jti alone', async () => {
    const replay = memoryReplayStore(() => NOW)
    const options = { dpop: { replay } }
    const token = await bound()
    const once = await proof(token, { jti: 'same' })
    const verify = verifier(options)
    await expect(verify(await proven(token, once))).resolves.toMatchObject({ sub: 'alice' })
    expect((await refusal(await proven(token, once), options)).reason).toBe('proof_replayed')
    const other = await generateKeyPair('ES256')
    const jwk = await exportJWK(other.publicKey)
    const theirs = await bound({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    await expect(verify(await proven(theirs, await proof(theirs, { jti: 'same' }, { jwk }, other.privateKey)))).resolves.toMatchObject({ sub: 'alice' })
  })
  it('as replay_unavailable, with 503, while nobody knows what came before', async () => {
    const token = await bound()
    const error = await refusal(await proven(token), { dpop: { replay: { add: () => Promise.reject(new Error('down')) } } })
    expect(error).toMatchObject({ reason: 'replay_unavailable', retryable: true })
    expect(error.toResponse().status).toBe(503)
  })
})

describe('a bound token is not a Bearer token', () => {
  it.each([[{}], [{ dpop: { required: false } }]])('even where proofs are not required: %j', async (options) => {
    const error = await refusal(bearer(await bound()), options)
    expect(error).toMatchObject({ reason: 'proof_missing', code: 'invalid_token', status: 401 })
  })
  it('and an unbound one is no DPoP token', async () => {
    const token = await sign(key)
    expect((await refusal(await proven(token))).reason).toBe('token_unbound')
  })
  it('nor is it taken where proofs are required', async () => {
    const error = await refusal(bearer(await sign(key)), { dpop: { required: true } })
    expect(error.reason).toBe('proof_missing')
    expect(error.toResponse().headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token"/)
  })
  it.each([[{}], [{ kid: 'x' }], [{ jkt: 7 }], ['x'], [{ jkt: 'x', other: 'y' }]])('a confirmation of %j proves nothing', async (cnf) => {
    const token = await sign(key, { cnf })
    expect((await refusal(bearer(token))).reason).toBe('proof_missing')
  })
})

describe('challenges', () => {
  const challengeOf = async (options: Partial<VerifierOptions>) => (await refusal(new Request(URL_OF_ME), options)).toResponse().headers.get('www-authenticate')
  it('name both ways where both are open, and DPoP alone where it is required', async () => {
    expect(await challengeOf({ dpop: { algorithms: ['ES256', 'EdDSA'] } })).toBe('Bearer, DPoP algs="ES256 EdDSA"')
    expect(await challengeOf({ dpop: { algorithms: ['ES256'], required: true } })).toBe('DPoP algs="ES256"')
  })
  it('hand out a nonce, which the next proof carries, and the answer brings the one after', async () => {
    const clock = { now: NOW }
    const verify = verifier({ dpop: { nonce: NONCE }, now: () => clock.now })
    const token = await bound({ exp: NOW + 3000 })
    const error = await refusal(await proven(token), {}, verify)
    const response = error.toResponse()
    const nonce = response.headers.get('dpop-nonce') ?? ''
    expect({ reason: error.reason, status: response.status, body: await response.json() }).toEqual({ reason: 'proof_nonce_missing', status: 401, body: { error: 'use_dpop_nonce', error_description: expect.any(String) } })
    expect(response.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce"/)
    expect(await verify(await proven(token, await proof(token, { nonce })))).toMatchObject({ sub: 'alice', dpopNonce: nonce })
    expect((await refusal(await proven(token, await proof(token, { nonce: `${nonce}x` })), {}, verify)).reason).toBe('proof_nonce_missing')
    expect((await refusal(await proven(token, await proof(token, { nonce: 7 })), {}, verify)).reason).toBe('proof_nonce_missing')
    clock.now += 300
    const { dpopNonce } = await verify(await proven(token, await proof(token, { nonce })))
    expect(dpopNonce).not.toBe(nonce)
    clock.now += 300
    expect((await refusal(await proven(token, await proof(token, { nonce })), {}, verify)).reason).toBe('proof_nonce_missing')
  })
  it('do not mind the clock of a client whose nonce is good', async () => {
    const verify = verifier({ dpop: { nonce: NONCE } })
    const token = await bound()
    const nonce = (await refusal(await proven(token), {}, verify)).toResponse().headers.get('dpop-nonce')
    await expect(verify(await proven(token, await proof(token, { nonce, iat: NOW - 4000 })))).resolves.toMatchObject({ sub: 'alice' })
  })
})

describe('a token bound to a certificate', () => {
  const certificate = new Uint8Array([1, 2, 3])
  const cnf = { 'x5t#S256': createHash('sha256').update(certificate).digest('base64url') }
  it('holds with that certificate, and with no other', async () => {
    const token = await sign(key, { cnf })
    await expect(verifier({ clientCertificate: () => certificate })(bearer(token))).resolves.toMatchObject({ sub: 'alice' })
    for (const shown of [undefined, new Uint8Array([1])]) expect((await refusal(bearer(token), { clientCertificate: async () => shown })).reason).toBe('certificate_mismatch')
    expect((await refusal(bearer(token))).reason).toBe('proof_missing')
  })
})

describe('a token that says nothing by itself', () => {
  const answer = { active: true, iss: ISSUER, sub: 'alice', client_id: 'spa', aud: AUDIENCE, scope: 'api', exp: NOW + 60 }
  const asking = (body: unknown, options: Partial<VerifierOptions> = {}, status = 200) => {
    const issuer = testIssuer(key)
    issuer.metadata['introspection_endpoint'] = `${ISSUER}/introspect`
    issuer.instead = (path) => (path === '/introspect' ? Response.json(body, { status }) : undefined)
    return { issuer, options: { fetch: issuer.fetch, introspection: { clientId: 'rs', clientAuth: clientSecretBasic('secret') }, ...options } }
  }
  it('is asked about', async () => {
    const { options, issuer } = asking(answer)
    await expect(verifier(options)(bearer('opaque'), { scope: 'api' })).resolves.toMatchObject({ sub: 'alice', clientId: 'spa', scope: new Set(['api']), claims: { aud: [AUDIENCE] } })
    expect(issuer.asked).toContain('/introspect')
  })
  it('may leave out the user of a client of its own', async () => {
    const { options } = asking({ ...answer, sub: undefined, iss: undefined, aud: ['x', AUDIENCE] })
    await expect(verifier(options)(bearer('opaque'))).resolves.toMatchObject({ sub: 'spa' })
  })
  it.each<[string, object]>([
    ['token_inactive', { active: false }], ['issuer_mismatch', { ...answer, iss: 'https://evil.example' }], ['audience_mismatch', { ...answer, aud: 'https://other.example' }],
    ['audience_mismatch', { ...answer, aud: undefined }], ['token_expired', { ...answer, exp: NOW - 5 }], ['token_expired', { ...answer, exp: 'x' }], ['token_not_yet_valid', { ...answer, nbf: NOW + 6 }],
    ['claim_malformed', { ...answer, client_id: undefined }], ['claim_malformed', { ...answer, scope: ['api'] }], ['proof_missing', { ...answer, cnf: { jkt: 'x' } }],
  ])('is refused as %s when the answer is %j', async (reason, body) => {
    const { options } = asking(body)
    expect((await refusal(bearer('opaque'), options)).reason).toBe(reason)
  })
  it.each<[unknown, number]>([[{}, 200], [answer, 500], [{ error: 'invalid_client' }, 401]])('is answered with 503 when nothing can be learned of it: %j %i', async (body, status) => {
    const { options } = asking(body, {}, status)
    const error = await refusal(bearer('opaque'), options)
    expect(error).toMatchObject({ reason: 'introspection_unavailable', status: 503 })
    expect(error.toResponse().headers.get('www-authenticate')).toBeNull()
  })
  it('is not asked about when it is a JWT, unless always', async () => {
    const { options, issuer } = asking({ active: false })
    const token = await sign(key)
    await expect(verifier(options)(bearer(token))).resolves.toMatchObject({ sub: 'alice' })
    expect(issuer.asked).not.toContain('/introspect')
    expect((await refusal(bearer(token), { ...options, introspection: { clientId: 'rs', clientAuth: clientSecretBasic('secret'), when: 'always' } })).reason).toBe('token_inactive')
  })
})

describe('options that cannot be right', () => {
  it.each<[string, Partial<VerifierOptions>]>([
    ['proofs by a shared key', { dpop: { algorithms: ['HS256' as 'RS256'] } }], ['no algorithm', { dpop: { algorithms: [] } }], ['a short secret for nonces', { dpop: { nonce: { secret: 'short' } } }],
    ['an origin with a path', { origin: 'https://api.example.com/' }], ['who asks without proof', { introspection: { clientId: 'rs', clientAuth: undefined as never } }],
    ['nonces that end at once', { dpop: { nonce: { ...NONCE, lifetime: 0 } } }],
  ])('throw at once: %s', (_, options) => {
    expect(() => verifier(options)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  })
})

describe('the metadata of a resource', () => {
  it('is where RFC 9728 puts it, and says what it is', async () => {
    const metadata = createResourceMetadata({ resource: 'https://api.example.com/v1', authorizationServers: [ISSUER], scopes: ['api'], dpopRequired: true, name: 'Orders', documentation: 'https://docs.example', extra: { resource_policy_uri: 'https://x.example', resource: 'never' } })
    expect(metadata.url).toBe('https://api.example.com/.well-known/oauth-protected-resource/v1')
    const response = metadata.handle(new Request(metadata.url))
    expect({ status: response?.status, cors: response?.headers.get('access-control-allow-origin'), body: await response?.json() }).toEqual({
      status: 200, cors: '*',
      body: {
        resource: 'https://api.example.com/v1', authorization_servers: [ISSUER], bearer_methods_supported: ['header'], scopes_supported: ['api'], dpop_bound_access_tokens_required: true,
        resource_name: 'Orders', resource_documentation: 'https://docs.example', resource_policy_uri: 'https://x.example',
      },
    })
    expect(metadata.handle(new Request(metadata.url, { method: 'POST' }))?.status).toBe(405)
    expect(metadata.handle(new Request('https://api.example.com/v1'))).toBeUndefined()
    expect(createResourceMetadata({ resource: 'https://api.example.com', authorizationServers: [ISSUER] }).url).toBe('https://api.example.com/.well-known/oauth-protected-resource')
  })
  it.each([['http://api.example.com', [ISSUER]], ['api', [ISSUER]], ['https://api.example.com/#x', [ISSUER]], ['https://api.example.com', ['op']]])('is refused for %s of %j', (resource, authorizationServers) => {
    expect(() => createResourceMetadata({ resource, authorizationServers })).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  })
})

it('every claim of a good token is there for the application', async () => {
  const token = await bound()
  const { claims } = await verifier()(await proven(token))
  expect(claims).toEqual({ ...goodClaims, cnf: { jkt } })
})
