import { CompactEncrypt, CompactSign, exportJWK, SignJWT } from 'jose'
import type { RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { authorizeUrl, browserFor, type Parameters, returned } from './browser.ts'
import { ISSUER, refused, START, WEB_SECRET } from './issuer.ts'
import { askingAs, expectPage, expectReturned, expectUnpushed, JWKS, objectUrl, pairs, pushRequest, REQUESTING, requestIssuer, requestObject, type Signing } from './requests.ts'
import { basic, claimsOf, expectError, forged, redeeming, tokenRequest, tokensOf } from './tokens.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const text = (value: string) => new TextEncoder().encode(value)

describe('RO-1 a request object', () => {
  it.each<[string, Signing]>([
    ['signed by ES256', {}],
    ['signed by RS256', { alg: 'RS256' }],
    ['signed by PS256', { alg: 'PS256' }],
    ['signed by EdDSA', { alg: 'EdDSA' }],
    ['without kid', { header: { kid: undefined } }],
    ['without typ', { header: { typ: undefined } }],
    ['of the type JWT', { header: { typ: 'JWT' } }],
    ['of its whole media type', { header: { typ: 'application/oauth-authz-req+jwt' } }],
  ])('%s ends in tokens for what it asks for', async (_, signing) => {
    const issuer = requestIssuer()
    const request = await requestObject('signer', { scope: 'openid email' }, signing)
    const answer = await browserFor(issuer).authorize(askingAs('signer', { request, scope: 'openid api', state: 'outside', nonce: 'outside', code_challenge: 'x' }))
    const { code = '', state, iss } = returned(answer)
    expect([state, iss]).toEqual(['inside', ISSUER])
    const { scope, id_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://rp.example/cb' }), basic('signer', WEB_SECRET))))
    expect([scope, claimsOf(id_token).nonce]).toEqual(['openid email', 'inside'])
  })
  it('counts beside what stands outside, where it does not name it', async () => {
    const request = await requestObject('signer', { state: undefined, scope: undefined, nonce: undefined, exp: undefined, nbf: undefined, iat: undefined, aud: undefined, iss: undefined })
    const answer = await browserFor(requestIssuer()).authorize(askingAs('signer', { request }))
    expect(returned(answer)).toMatchObject({ code: expect.stringMatching(/^[\w-]{43}$/) as string, state: 'S1' })
  })
  it('counts when little else stands outside', async () => {
    const answer = await browserFor(requestIssuer()).authorize({ client_id: 'signer', request: await requestObject('signer') })
    expect(returned(answer)).toMatchObject({ code: expect.any(String) as string, state: 'inside' })
  })
  it('may come by POST', async () => {
    const issuer = requestIssuer()
    const body = new URLSearchParams(askingAs('signer', { request: await requestObject('signer', { prompt: 'none' }) }))
    const answer = await issuer.fetch(new Request(`${ISSUER}/authorize`, { method: 'POST', body }))
    expect([answer.status, returned(answer)]).toMatchObject([303, { error: 'login_required', state: 'inside' }])
  })
  it('brings numbers, several resources and JSON as JSON has them', async () => {
    const issuer = requestIssuer()
    const browser = browserFor(issuer)
    const request = await requestObject('signer', { max_age: 100, resource: ['https://api.example.com'], scope: 'openid api', claims: { id_token: { email: null } } })
    const { code = '' } = returned(await browser.authorize(askingAs('signer', { request })))
    const { id_token, access_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://rp.example/cb' }), basic('signer', WEB_SECRET))))
    expect([claimsOf(id_token).auth_time, claimsOf(access_token).aud]).toEqual([START, 'https://api.example.com'])
    issuer.pass(101)
    const again = await requestObject('signer', { max_age: 100, prompt: 'none', nbf: START, exp: START + 300 })
    expect(returned(await browser.authorize(askingAs('signer', { request: again }))).error).toBe('login_required')
  })
  it('has the address that counts: a bad one outside is not looked at', async () => {
    const issuer = requestIssuer()
    const url = (request: string) => objectUrl(request, askingAs('signer', { redirect_uri: 'https://evil.example/cb' }))
    const answer = await browserFor(issuer).authorize({ ...askingAs('signer', { redirect_uri: 'https://evil.example/cb' }), request: await requestObject('signer', { redirect_uri: 'https://rp.example/cb2' }) })
    expect(answer.headers.get('location')).toMatch(/^https:\/\/rp\.example\/cb2\?code=/)
    await expectReturned(issuer, 'scope_not_allowed', 'invalid_scope', url(await requestObject('signer', { scope: 'openid admin' })), { state: 'inside' })
    await expectReturned(issuer, 'request_object_expired', 'invalid_request_object', url(await requestObject('signer', { exp: START - 11, redirect_uri: 'https://rp.example/cb2' })), { state: 'inside', target: 'https://rp.example/cb2' })
    await expectPage(issuer, 'redirect_uri_unregistered', 'invalid_request', objectUrl(await requestObject('signer', { redirect_uri: 'https://evil.example/cb' }), askingAs('signer')))
  })
  it('P02 can not be weakened from outside, nor the other way round', async () => {
    const issuer = requestIssuer()
    await expectReturned(issuer, 'code_challenge_method_unsupported', 'invalid_request', objectUrl(await requestObject('signer', { code_challenge_method: 'plain' }), askingAs('signer')), { state: 'inside' })
    await expectReturned(issuer, 'registration_not_supported', 'registration_not_supported', objectUrl(await requestObject('signer', { registration: { client_name: 'x' } }), askingAs('signer')), { state: 'inside' })
  })
  it('is bound to the response type outside, in whatever order', async () => {
    const issuer = requestIssuer()
    const hybrid = await requestObject('hybrid', { response_type: 'id_token code' })
    const answer = await issuer.fetch(new Request(objectUrl(hybrid, askingAs('hybrid', { response_type: 'code id_token' }))))
    expect(answer.headers.get('location')).toContain('/login?')
    const refusal = await refused(issuer, 'request_object_contradicted', () => issuer.fetch(new Request(objectUrl(hybrid, askingAs('hybrid')))))
    expect(refusal.headers.get('location')).toMatch(/^https:\/\/rp\.example\/cb#error=invalid_request&/)
  })
})

type Case = readonly [what: string, key: RefusalKey, error: string, object: (client: string) => Promise<string> | string, state?: string]
const BAD: readonly Case[] = [
  ['J10 alg none', 'request_object_signature_wrong', 'invalid_request_object', async (client) => forged('e30.e30.', claimsOf(await requestObject(client)), { alg: 'none' })],
  ['J10 alg none with a signature', 'request_object_signature_wrong', 'invalid_request_object', async (client) => forged(await requestObject(client), claimsOf(await requestObject(client)), { alg: 'none' })],
  ['J10 HS256 with the public key', 'request_object_signature_wrong', 'invalid_request_object', async (client) => requestObject(client, {}, { header: { alg: 'HS256' }, key: text(JSON.stringify(await exportJWK(pairs.ES256.publicKey))) })],
  ['J10 HS256 with the secret', 'request_object_signature_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { alg: 'HS256' }, key: text(WEB_SECRET) })],
  ['a key of somebody else', 'request_object_signature_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { key: pairs.foreign.privateKey })],
  ['a key of somebody else without kid', 'request_object_signature_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { key: pairs.foreign.privateKey, header: { kid: undefined } })],
  ['a key that its header brings', 'request_object_signature_wrong', 'invalid_request_object', async (client) => requestObject(client, {}, { key: pairs.foreign.privateKey, header: { jwk: await exportJWK(pairs.foreign.publicKey), jku: 'https://evil.example/jwks' } })],
  ['a kid of nobody', 'request_object_signature_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { kid: 'nosuch' } })],
  ['the kid of another key', 'request_object_signature_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { kid: 'ed' } })],
  ['a critical header that nobody knows', 'request_object_signature_wrong', 'invalid_request_object', async (client) => {
    const [, ...rest] = (await requestObject(client)).split('.')
    return `${btoa(JSON.stringify({ alg: 'ES256', kid: 'es', crit: ['x'], x: 1 })).replaceAll('=', '')}.${rest.join('.')}`
  }],
  ['other claims under the signature', 'request_object_signature_wrong', 'invalid_request_object', async (client) => forged(await requestObject(client), { redirect_uri: 'https://evil.example/cb' })],
  ['stray bits in the signature', 'request_object_signature_wrong', 'invalid_request_object', async (client) => `${await requestObject(client)}=`],
  ['J14 the type of an access token', 'request_object_type_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { typ: 'at+jwt' } })],
  ['J14 the type of a DPoP proof', 'request_object_type_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { typ: 'dpop+jwt' } })],
  ['J14 the type of a client assertion', 'request_object_type_wrong', 'invalid_request_object', (client) => requestObject(client, {}, { header: { typ: 'client-authentication+jwt' } })],
  ['J14 a type that is no text', 'request_object_type_wrong', 'invalid_request_object', async (client) => forged(await requestObject(client), {}, { alg: 'ES256', typ: 1 })],
  ['J14 a client assertion', 'request_object_type_wrong', 'invalid_request_object', (client) => requestObject(client, { sub: client, jti: 'j1' }, { header: { typ: 'JWT' } }), 'inside'],
  ['no JWT', 'request_object_malformed', 'invalid_request_object', () => 'x'],
  ['a JWT that holds a list', 'request_object_malformed', 'invalid_request_object', async (client) => (await requestObject(client)).replace(/\.[^.]+\./, `.${btoa('[]')}.`.replaceAll('=', ''))],
  ['J11 an encrypted object', 'request_object_malformed', 'invalid_request_object', async (client) => new CompactEncrypt(text(JSON.stringify(claimsOf(await requestObject(client))))).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(new Uint8Array(32))],
  ['J13 a password-based one that would take an age', 'request_object_malformed', 'invalid_request_object', () => `${btoa(JSON.stringify({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2_147_483_647, p2s: 'x' })).replaceAll('=', '')}.x.x.x.x`],
  ['J13 a compressed one', 'request_object_malformed', 'invalid_request_object', () => `${btoa(JSON.stringify({ alg: 'RSA1_5', enc: 'A128GCM', zip: 'DEF' })).replaceAll('=', '')}.x.x.${'A'.repeat(50_000)}.x`],
  ['J12 another issuer', 'request_object_issuer_wrong', 'invalid_request_object', (client) => requestObject(client, { iss: 'web' }), 'inside'],
  ['J12 another audience', 'request_object_audience_wrong', 'invalid_request_object', (client) => requestObject(client, { aud: 'https://other.example' }), 'inside'],
  ['J12 the audience of the pushing endpoint', 'request_object_audience_wrong', 'invalid_request_object', (client) => requestObject(client, { aud: [`${ISSUER}/par`] }), 'inside'],
  ['J12 an audience that is no text', 'request_object_audience_wrong', 'invalid_request_object', (client) => requestObject(client, { aud: { 0: ISSUER } }), 'inside'],
  ['J12 an end 11 s ago', 'request_object_expired', 'invalid_request_object', (client) => requestObject(client, { exp: START - 11 }), 'inside'],
  ['J12 a beginning in 61 s', 'request_object_too_early', 'invalid_request_object', (client) => requestObject(client, { nbf: START + 61 }), 'inside'],
  ['J12 issued in 11 s', 'request_object_too_early', 'invalid_request_object', (client) => requestObject(client, { iat: START + 11 }), 'inside'],
  ['J12 an end that is no number', 'request_object_incomplete', 'invalid_request_object', (client) => requestObject(client, { exp: '9999999999' }), 'inside'],
  ['J12 another client_id within', 'request_object_contradicted', 'invalid_request', (client) => requestObject(client, { client_id: 'web' }), 'inside'],
  ['J12 request within', 'request_object_nested', 'invalid_request_object', (client) => requestObject(client, { request: 'e30.e30.' }), 'inside'],
  ['PAR-2 request_uri within', 'request_object_nested', 'invalid_request_object', (client) => requestObject(client, { request_uri: 'https://rp.example/r' }), 'inside'],
  ['a state that is no text', 'request_object_value_unsuitable', 'invalid_request_object', (client) => requestObject(client, { state: { a: 1 } })],
  ['a list of addresses', 'request_object_value_unsuitable', 'invalid_request_object', (client) => requestObject(client, { redirect_uri: ['https://rp.example/cb', 'https://rp.example/cb2'] })],
]

describe.each(['signer', 'jar'])('RO-5 a request object of %s that is refused', (client) => {
  const issuer = requestIssuer()
  it.each(BAD.map(([what, key, error, object, state = 'S1']) => [what, key, error, object, state] as const))('%s', async (_, key, error, object, state) => {
    await expectReturned(issuer, key, error, objectUrl(await object(client), askingAs(client)), { state })
  })
  it.each(BAD.map(([what, key, error, object]) => [what, key, error, object] as const))('%s, pushed', async (_, key, error, object) => {
    await expectUnpushed(issuer, key, 400, error, pushRequest({ request: await object(client) }, basic(client, WEB_SECRET)))
  })
})

describe('a request object that is refused', () => {
  it('when it is longer than 64 KiB', async () => {
    const issuer = requestIssuer()
    const request = await requestObject('signer', { login_hint: 'x'.repeat(50_000) })
    await expectReturned(issuer, 'request_object_malformed', 'invalid_request_object', objectUrl(request, askingAs('signer')))
    const answer = await issuer.fetch(pushRequest({ request: await requestObject('signer', { login_hint: 'x'.repeat(60_000) }) }, basic('signer', WEB_SECRET)))
    await expectError(answer, 413, 'invalid_request')
  })
  it('when it is nested more deeply than it can be written, or has a thousand members', async () => {
    const issuer = requestIssuer()
    const sign = (payload: string) => new CompactSign(text(payload)).setProtectedHeader({ alg: 'ES256', kid: 'es' }).sign(pairs.ES256.privateKey)
    for (const payload of [`{"claims":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`p${at}`, 'x'])))]) {
      await expectReturned(issuer, 'request_object_value_unsuitable', 'invalid_request_object', objectUrl(await sign(payload), askingAs('signer')))
    }
    const polluting = await issuer.fetch(new Request(objectUrl(await sign('{"__proto__":"x","constructor":"y"}'), askingAs('signer'))))
    expect(polluting.headers.get('location')).toContain('/login?')
  })
  it('when it is signed by another algorithm than the registered one', async () => {
    await expectReturned(requestIssuer(), 'request_object_signature_wrong', 'invalid_request_object', objectUrl(await requestObject('es-only', {}, { alg: 'RS256' }), askingAs('es-only')))
    expect(returned(await browserFor(requestIssuer()).authorize({ client_id: 'es-only', request: await requestObject('es-only') })).code).toBeDefined()
  })
  it('on a page, when no address of the client is known', async () => {
    const issuer = requestIssuer()
    await expectPage(issuer, 'request_object_malformed', 'invalid_request_object', objectUrl('x', { client_id: 'signer' }))
    await expectPage(issuer, 'request_object_malformed', 'invalid_request_object', objectUrl('x', askingAs('signer', { redirect_uri: 'https://evil.example/cb' })))
  })
  it('when it stands beside a request_uri, or twice', async () => {
    const issuer = requestIssuer()
    const url = objectUrl(await requestObject('signer'), askingAs('signer'))
    await expectReturned(issuer, 'request_ambiguous', 'invalid_request', `${url}&request_uri=https%3A%2F%2Frp.example%2Fr`)
    await expectReturned(issuer, 'parameter_repeated', 'invalid_request', `${url}&request=x`)
    await expectReturned(issuer, 'parameter_repeated', 'invalid_request', `${url}&request_uri=a&request_uri=b`)
  })
  it('when the client has no key', async () => {
    const issuer = requestIssuer()
    await expectReturned(issuer, 'request_not_supported', 'request_not_supported', objectUrl(await requestObject('web'), askingAs('web')))
  })
  it('for a while, when the keys of the client can not be had', async () => {
    let isAway = true
    const issuer = requestIssuer({ outbound: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve({ status: 200, headers: new Headers(), body: JSON.stringify(JWKS) })) })
    const url = objectUrl(await requestObject('published'), askingAs('published'))
    await expectReturned(issuer, 'client_keys_unreachable', 'temporarily_unavailable', url)
    await expectUnpushed(issuer, 'client_keys_unreachable', 503, 'temporarily_unavailable', pushRequest({ request: await requestObject('published') }, basic('published', WEB_SECRET)))
    isAway = false
    issuer.pass(61)
    expect(returned(await browserFor(issuer).authorize({ client_id: 'published', request: await requestObject('published') })).code).toBeDefined()
  })
})

describe('RO-3 a client that must sign', () => {
  it('is heard from inside only', async () => {
    const request = await requestObject('jar', { state: undefined, nonce: undefined })
    const issuer = requestIssuer()
    const { code = '', ...rest } = returned(await browserFor(issuer).authorize(askingAs('jar', { request, scope: 'openid api', state: 'outside', nonce: 'outside', response_type: 'token', redirect_uri: 'https://evil.example/cb' })))
    expect(rest).toEqual({ iss: ISSUER })
    const { id_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://rp.example/cb' }), basic('jar', WEB_SECRET))))
    expect(claimsOf(id_token)).not.toHaveProperty('nonce')
  })
  it.each<[string, Parameters, RefusalKey]>([
    ['redirect_uri', { redirect_uri: undefined }, 'redirect_uri_missing'],
    ['response_type', { response_type: undefined }, 'response_type_missing'],
    ['code_challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'code_challenge_missing'],
  ])('is not helped by %s outside', async (_, changes, key) => {
    const issuer = requestIssuer()
    await expectUnpushed(issuer, key, 400, 'invalid_request', pushRequest({ ...askingAs('jar'), request: await requestObject('jar', changes) }, basic('jar', WEB_SECRET)))
    const answer = await refused(issuer, key, async () => issuer.fetch(new Request(objectUrl(await requestObject('jar', changes), askingAs('jar')))))
    expect(answer.status).toBe(key === 'redirect_uri_missing' ? 400 : 303)
  })
  it('J10 RO-6 is refused without an object, also when it pushes', async () => {
    const issuer = requestIssuer()
    await expectReturned(issuer, 'request_object_missing', 'invalid_request', authorizeUrl(askingAs('jar')))
    await expectUnpushed(issuer, 'request_object_missing', 400, 'invalid_request', pushRequest(askingAs('jar'), basic('jar', WEB_SECRET)))
  })
  it.each<[string, RefusalKey, Record<string, unknown>]>([
    ['J12 without an end', 'request_object_incomplete', { exp: undefined }],
    ['RO-4 without an audience', 'request_object_audience_wrong', { aud: undefined }],
  ])('%s', async (_, key, changes) => {
    await expectReturned(requestIssuer(), key, 'invalid_request_object', objectUrl(await requestObject('jar', changes), askingAs('jar')), { state: 'inside' })
  })
  it.each<[string, Record<string, unknown>]>([
    ['for several audiences', { aud: ['https://other.example', ISSUER] }],
    ['RO-4 with clocks 8 s apart', { nbf: START + 8, iat: START + 8 }],
    ['with an end 8 s ago', { exp: START - 8 }],
    ['without a beginning', { nbf: undefined, iat: undefined }],
  ])('may sign %s', async (_, changes) => {
    expect(returned(await browserFor(requestIssuer()).authorize({ client_id: 'jar', request: await requestObject('jar', changes) }))).toMatchObject({ state: 'inside', code: expect.any(String) as string })
  })
  it.each<[string, Record<string, unknown>]>([
    ['for an hour', { exp: START + 3_600 }],
    ['an hour ago', { nbf: START - 3_600, exp: START }],
  ])('RO-4 with a limited lifetime may sign %s', async (_, changes) => {
    const request = await requestObject('lasting', changes)
    expect((await requestIssuer().fetch(pushRequest({ request }, basic('lasting', WEB_SECRET)))).status).toBe(201)
  })
  it.each<[string, RefusalKey, Record<string, unknown>]>([
    ['without a beginning', 'request_object_incomplete', { nbf: undefined }],
    ['without an end', 'request_object_incomplete', { exp: undefined }],
    ['for longer than an hour', 'request_object_lasts_too_long', { exp: START + 3_601 }],
    ['longer than an hour ago', 'request_object_expired', { nbf: START - 3_611, exp: START + 10 }],
  ])('RO-4 with a limited lifetime may not sign %s', async (_, key, changes) => {
    await expectReturned(requestIssuer(), key, 'invalid_request_object', objectUrl(await requestObject('lasting', changes), askingAs('lasting')), { state: 'inside' })
  })
})

describe('J14 a request object as something else', () => {
  it('is no client assertion', async () => {
    const signer = REQUESTING.find(({ client_id }) => client_id === 'signer')
    const { client_secret: _, ...keyed } = signer ?? { client_id: '' }
    const asserting = requestIssuer({ clients: [{ ...keyed, token_endpoint_auth_method: 'private_key_jwt' }] })
    for (const header of [{}, { typ: 'JWT' }, { typ: undefined }]) {
      const replayed = await requestObject('signer', { jti: 'j1' }, { header })
      const answer = await asserting.fetch(tokenRequest({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://rp.example/cb', client_id: 'signer', client_assertion_type: TYPE, client_assertion: replayed }))
      await expectError(answer, 401, 'invalid_client')
    }
  })
  it('is not made of a client assertion that would be accepted', async () => {
    const assertion = await new SignJWT({ iss: 'signer', sub: 'signer', aud: ISSUER, exp: START + 60, jti: 'j1' }).setProtectedHeader({ alg: 'ES256', kid: 'es' }).sign(pairs.ES256.privateKey)
    await expectReturned(requestIssuer(), 'request_object_type_wrong', 'invalid_request_object', objectUrl(assertion, askingAs('signer')))
  })
})
