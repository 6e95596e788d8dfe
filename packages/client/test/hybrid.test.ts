import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import type { ClientOptions, HybridOptions, PendingAuthorization } from '../src/index.ts'
import { failing, issuer, metadata, now, setUp, type Answers } from './issuer.ts'

const redirectUri = 'https://app.example/cb'
const [own, foreign, rsa] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256'), generateKeyPair('RS256', { extractable: true })])
const jwk = async (key: CryptoKey, kid: string): Promise<JWK> => ({ ...await exportJWK(key), kid, use: 'sig' })
const ownJwk = await jwk(own.publicKey, 'own')
const rsaJwk = await jwk(rsa.publicKey, 'rsa')
const hash = (value: string): string => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')

interface Signing {
  readonly alg?: string
  /** `null` names no key. */
  readonly kid?: string | null
  readonly key?: CryptoKey | Uint8Array
}

async function sign(claims: object, { alg = 'ES256', kid = 'own', key = own.privateKey }: Signing = {}): Promise<string> {
  return new SignJWT({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...claims }).setProtectedHeader({ alg, ...(kid !== null && { kid }) }).sign(key)
}

const unsigned = (claims: object): string => [{ alg: 'none' }, { iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...claims }].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.'

interface Arrival {
  readonly ask?: Partial<HybridOptions>
  readonly front?: object
  readonly back?: object
  readonly signing?: Signing
  readonly idToken?: (claims: object) => Promise<string> | string
  /** Changes the parameters; `undefined` takes one away. */
  readonly change?: Readonly<Record<string, string | undefined>>
  readonly pending?: Partial<PendingAuthorization>
  readonly answers?: Answers
  readonly options?: Partial<ClientOptions>
  readonly more?: readonly (readonly [string, string])[]
}

/** One hybrid sign-in, bent as told: what came of it, and what the issuer was asked for. */
async function arrive({ ask, front, back, signing, idToken, change, pending, answers, options, more = [] }: Arrival = {}): Promise<{ readonly result: unknown; readonly asked: readonly string[] }> {
  let nonce = ''
  const { client, paths } = setUp({
    '/jwks': () => Response.json({ keys: [ownJwk, rsaJwk] }),
    '/token': async () => Response.json({ access_token: 'at-back', token_type: 'Bearer', expires_in: 60, id_token: await sign({ nonce, ...back }) }),
    ...answers,
  }, options)
  const begun = await client.authorizationUrl({ redirectUri, responseType: 'code id_token', ...ask })
  nonce = begun.pending.nonce ?? ''
  const claims = { nonce, c_hash: hash('the-code'), ...(ask?.responseType === 'code id_token token' && { at_hash: hash('at-front') }), ...front }
  const parameters: Record<string, string | undefined> = {
    code: 'the-code', state: begun.pending.state, iss: issuer, id_token: idToken === undefined ? await sign(claims, signing) : await idToken(claims),
    ...(ask?.responseType === 'code id_token token' && { access_token: 'at-front', token_type: 'Bearer' }), ...change,
  }
  const url = new URL(redirectUri)
  url.hash = new URLSearchParams([...Object.entries(parameters).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]), ...more.map(pair => [...pair])]).toString()
  const result = await client.callback(url, { ...begun.pending, ...pending }).catch((error: unknown) => failing(Promise.reject(error)))
  return { result, asked: paths() }
}

describe('a hybrid sign-in', () => {
  test('asks for what was told, and remembers it', async () => {
    const { url, pending } = await setUp({}).client.authorizationUrl({ redirectUri, responseType: 'code id_token token', responseMode: 'form_post' })
    expect(url.searchParams.get('response_type')).toBe('code id_token token')
    expect(url.searchParams.get('response_mode')).toBe('form_post')
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    expect(pending).toMatchObject({ response_type: 'code id_token token', response_mode: 'form_post', nonce: url.searchParams.get('nonce') })
  })
  test.each<[Partial<HybridOptions>]>([[{ responseMode: 'query' }], [{ scope: 'api' }]])('is not begun with %j', async more => {
    expect(await failing(setUp({}).client.authorizationUrl({ redirectUri, responseType: 'code id_token', ...more }))).toBe('invalid_configuration')
  })
  test('brings the tokens of the token endpoint', async () => {
    expect(await arrive()).toEqual({ result: expect.objectContaining({ accessToken: expect.objectContaining({ token: 'at-back' }), claims: expect.objectContaining({ sub: 'alice' }) }), asked: ['/jwks', '/token'] })
  })
  test('may leave the naming of the issuer to the ID Token', async () => {
    expect(await arrive({ change: { iss: undefined } })).toMatchObject({ result: { claims: { sub: 'alice' } } })
  })
  test('judges an access token that comes along, and lets it go', async () => {
    expect(await arrive({ ask: { responseType: 'code id_token token' } })).toMatchObject({ result: { accessToken: { token: 'at-back' } } })
  })
  test('is verified by RSA as well, and by whichever of several keys without a name', async () => {
    const byRsa = { alg: 'RS256', kid: 'rsa', key: rsa.privateKey }
    expect(await arrive({ signing: byRsa })).toMatchObject({ result: { claims: { sub: 'alice' } } })
    const bare = async (...keys: readonly CryptoKey[]): Promise<Response> => Response.json({ keys: await Promise.all(keys.map(key => exportJWK(key))) })
    const unnamed = { kid: null }
    expect(await arrive({ signing: unnamed, answers: { '/jwks': () => bare(rsa.publicKey, foreign.publicKey, own.publicKey) } })).toMatchObject({ result: { claims: { sub: 'alice' } } })
    expect(await arrive({ signing: unnamed, answers: { '/jwks': () => bare(foreign.publicKey, foreign.publicKey) } })).toEqual({ result: 'signature_invalid', asked: ['/jwks'] })
  })
})

describe('a hybrid response is refused, and its code goes nowhere,', () => {
  const hybridWithToken = { responseType: 'code id_token token' } as const
  const rsaPem = new TextEncoder().encode(JSON.stringify(rsaJwk))
  const cases: readonly (readonly [code: string, why: string, Arrival])[] = [
    ['state_mismatch', 'without a state', { change: { state: undefined } }],
    ['state_mismatch', 'with another state', { change: { state: 'another' } }],
    ['state_expired', 'when it comes too late', { pending: { createdAt: now - 3601 } }],
    ['issuer_missing', 'without the iss that is announced and an ID Token that names it', { change: { iss: undefined, id_token: undefined } }],
    ['issuer_missing', 'with an error and without the iss that is announced', { change: { iss: undefined, id_token: undefined, code: undefined, error: 'access_denied' } }],
    ['id_token_issuer_mismatch', 'without iss and with an ID Token from elsewhere', { change: { iss: undefined }, front: { iss: 'https://evil.example' } }],
    ['issuer_mismatch', 'with another iss', { change: { iss: 'https://evil.example' } }],
    ['token_of_another_issuer', 'when the sign-in began elsewhere', { pending: { issuer: 'https://evil.example' } }],
    ['code_missing', 'without a code', { change: { code: undefined } }],
    ['id_token_missing', 'without an ID Token', { change: { id_token: undefined } }],
    ['access_token_missing', 'without the access token asked for', { ask: hybridWithToken, change: { access_token: undefined } }],
    ['token_type_mismatch', 'with another token type', { ask: hybridWithToken, change: { token_type: 'mac' } }],
    ['front_channel_token', 'with an access token nobody asked for', { change: { access_token: 'at', token_type: 'Bearer' } }],
    ['front_channel_token', 'to a request for a code alone', { pending: { response_type: undefined as never, response_mode: 'fragment' } }],
    ['response_malformed', 'with two ID Tokens', { more: [['id_token', 'x.y.z']] }],
    ['response_malformed', 'with two codes', { more: [['code', 'another']] }],
    ['access_denied', 'with an error', { change: { error: 'access_denied', id_token: undefined, code: undefined } }],
    ['id_token_malformed', 'with an ID Token that is none', { idToken: () => 'abc' }],
    ['id_token_unsigned', 'with alg none', { idToken: unsigned }],
    ['id_token_unsigned', 'with alg none, even if it is configured', { idToken: unsigned, options: { idTokenAlgorithms: ['none'] } }],
    ['id_token_alg_unexpected', 'with HS256 over the public key', { signing: { alg: 'HS256', kid: 'rsa', key: rsaPem } }],
    ['signature_invalid', 'with HS256 over the public key, even if it is configured', { signing: { alg: 'HS256', kid: 'rsa', key: rsaPem }, options: { idTokenAlgorithms: ['HS256'] } }],
    ['id_token_alg_unexpected', 'with an algorithm that is not configured', { options: { idTokenAlgorithms: ['RS256'] } }],
    ['id_token_alg_unexpected', 'with an algorithm that the issuer does not announce', { answers: { '/.well-known/openid-configuration': () => Response.json({ ...metadata, id_token_signing_alg_values_supported: ['RS256'] }) } }],
    ['signature_invalid', 'signed by another key', { signing: { key: foreign.privateKey } }],
    ['signature_invalid', 'signed by a key nobody knows', { signing: { kid: 'unknown' } }],
    ['signature_invalid', 'signed by an EC key in the name of an RSA key', { signing: { kid: 'rsa' } }],
    ['endpoint_missing', 'when the issuer has no keys', { answers: { '/.well-known/openid-configuration': () => Response.json({ ...metadata, jwks_uri: undefined }) } }],
    ['response_not_json', 'when the keys are none', { answers: { '/jwks': () => Response.json({ keys: 'none' }) } }],
    ['http_error', 'when the keys are not to be had', { answers: { '/jwks': () => new Response(null, { status: 503 }) } }],
    ['redirect_refused', 'when the keys have moved', { answers: { '/jwks': () => Response.redirect('https://evil.example/jwks') } }],
    ['id_token_issuer_mismatch', 'from another issuer', { front: { iss: 'https://evil.example' } }],
    ['id_token_audience_mismatch', 'for another client', { front: { aud: 'other' } }],
    ['id_token_audience_untrusted', 'for a second audience without azp', { front: { aud: ['app', 'other'] } }],
    ['id_token_azp_mismatch', 'issued to another client', { front: { azp: 'other' } }],
    ['id_token_expired', 'when the ID Token has expired', { front: { exp: now - 31 } }],
    ['clock_skew', 'when the ID Token is from the future', { front: { iat: now + 31 } }],
    ['nonce_mismatch', 'with another nonce', { front: { nonce: 'other' } }],
    ['nonce_mismatch', 'without a nonce', { front: { nonce: undefined } }],
    ['nonce_mismatch', 'when nobody remembers a nonce', { pending: { nonce: undefined as never } }],
    ['auth_time_missing', 'without the auth_time asked for', { ask: { maxAge: 60 } }],
    ['c_hash_missing', 'without c_hash', { front: { c_hash: undefined } }],
    ['c_hash_mismatch', 'with the c_hash of another code', { change: { code: 'another' } }],
    ['at_hash_missing', 'without at_hash beside an access token', { ask: hybridWithToken, front: { at_hash: undefined } }],
    ['at_hash_mismatch', 'with the at_hash of another access token', { ask: hybridWithToken, change: { access_token: 'another' } }],
    ['s_hash_mismatch', 'with the s_hash of another state', { front: { s_hash: hash('another') } }],
  ]
  test.each(cases)('as %s %s', async (code, _, arrival) => {
    const { result, asked } = await arrive(arrival)
    expect(result).toBe(code)
    expect(asked).not.toContain('/token')
  })
  test('as hash_alg_unknown when no hash goes with the algorithm', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { result, asked } = await arrive({ options: { idTokenAlgorithms: ['ES999'] }, idToken: claims => `${part({ alg: 'ES999' })}.${part({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...claims })}.c2ln` })
    expect({ result, asked }).toEqual({ result: 'hash_alg_unknown', asked: [] })
  })
  test('when the claims are wrong, before the keys are asked for', async () => {
    expect((await arrive({ front: { aud: 'other' } })).asked).toEqual([])
  })
})

describe('the second ID Token', () => {
  test.each([
    ['id_tokens_differ', { sub: 'bob' }], ['id_token_issuer_mismatch', { iss: 'https://evil.example' }], ['nonce_mismatch', { nonce: 'other' }],
    ['c_hash_mismatch', { c_hash: hash('other') }], ['at_hash_mismatch', { at_hash: hash('other') }],
  ])('is refused as %s with %j', async (code, back) => {
    expect((await arrive({ back })).result).toBe(code)
  })
  test('may not be missing', async () => {
    expect((await arrive({ answers: { '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer' }) } })).result).toBe('id_token_missing')
  })
})

describe('the response is read from where it was asked for:', () => {
  const form = (body: string, type = 'application/x-www-form-urlencoded'): Request => new Request(redirectUri, { method: 'POST', body, headers: { 'content-type': type } })
  const begin = async (ask: Partial<HybridOptions>): Promise<{ readonly take: (response: (query: string) => URL | Request) => Promise<unknown> }> => {
    const { client } = setUp({ '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer' }) })
    const { pending } = await client.authorizationUrl({ redirectUri, scope: 'api', ...ask })
    return { take: response => failing(client.callback(response(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer }).toString()), pending)) }
  }
  test.each<[Partial<HybridOptions>, string, (query: string) => URL | Request, string]>([
    [{}, 'an address', query => new URL(`${redirectUri}?${query}`), 'no error'],
    [{}, 'a request', query => new Request(`${redirectUri}?${query}`), 'no error'],
    [{}, 'a fragment', query => new URL(`${redirectUri}#${query}`), 'state_mismatch'],
    [{}, 'a form', query => form(query), 'response_malformed'],
    [{ responseMode: 'fragment' }, 'a fragment', query => new URL(`${redirectUri}#${query}`), 'no error'],
    [{ responseMode: 'fragment' }, 'a query', query => new URL(`${redirectUri}?${query}`), 'state_mismatch'],
    [{ responseMode: 'fragment' }, 'a request', query => new Request(`${redirectUri}?${query}`), 'response_malformed'],
    [{ responseMode: 'form_post' }, 'a form', query => form(query), 'no error'],
    [{ responseMode: 'form_post' }, 'a form with a charset', query => form(query, 'application/x-www-form-urlencoded; charset=UTF-8'), 'no error'],
    [{ responseMode: 'form_post' }, 'other content', query => form(query, 'text/plain'), 'response_malformed'],
    [{ responseMode: 'form_post' }, 'a query', query => new Request(`${redirectUri}?${query}`), 'response_malformed'],
    [{ responseMode: 'form_post' }, 'an address', query => new URL(`${redirectUri}?${query}`), 'response_malformed'],
    [{ responseMode: 'form_post' }, 'a form without end', query => form(`${query}&x=${'x'.repeat(1024 * 1024)}`), 'response_too_large'],
  ])('asked by %j and sent %s', async (ask, _, response, code) => {
    expect(await (await begin(ask)).take(response)).toBe(code)
  })
})

describe('the keys of the issuer', () => {
  /** A client that signs in again and again with a key, while time passes. */
  async function signingIn(): Promise<{ readonly signIn: (kid: string) => Promise<unknown>; readonly pass: (seconds: number) => void; readonly publish: (...kids: readonly string[]) => void; readonly fetches: () => number }> {
    let at = now
    let nonce = ''
    let kids: readonly string[] = ['first']
    const { client, paths } = setUp({
      '/jwks': async () => Response.json({ keys: await Promise.all(kids.map(kid => jwk(own.publicKey, kid))) }),
      '/token': async () => Response.json({ access_token: 'at', token_type: 'Bearer', id_token: await sign({ nonce, iat: at, exp: at + 60 }) }),
    }, { now: () => at })
    return {
      pass: seconds => void (at += seconds), publish: (...published) => void (kids = published), fetches: () => paths().filter(path => path === '/jwks').length,
      signIn: async kid => {
        const { pending } = await client.authorizationUrl({ redirectUri, responseType: 'code id_token' })
        nonce = pending.nonce ?? ''
        const id_token = await sign({ nonce, c_hash: hash('c'), iat: at, exp: at + 60 }, { kid })
        return failing(client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer, id_token }), pending))
      },
    }
  }
  test('are fetched once, again for a key that is new, and again when they are old', async () => {
    const { signIn, pass, publish, fetches } = await signingIn()
    expect([await signIn('first'), await signIn('first'), fetches()]).toEqual(['no error', 'no error', 1])
    pass(60)
    publish('first', 'second')
    expect([await signIn('second'), fetches()]).toEqual(['no error', 2])
    pass(3600)
    publish('second')
    expect([await signIn('first'), fetches()]).toEqual(['signature_invalid', 3])
  })
  test('are not fetched for every unknown key', async () => {
    const { signIn, pass, fetches } = await signingIn()
    await signIn('first')
    for (const kid of ['a', 'b', 'c']) expect(await signIn(kid)).toBe('signature_invalid')
    expect(fetches()).toBe(1)
    pass(30)
    for (const kid of ['a', 'b', 'c']) expect(await signIn(kid)).toBe('signature_invalid')
    expect(fetches()).toBe(2)
  })
})
