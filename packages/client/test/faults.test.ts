import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { CreateClientOptions, HybridOptions, PendingAuthorization, TokenSet } from '../src/index.ts'
import { failing, issuer, metadata, now, setUp, type Answers } from './issuer.ts'

const redirectUri = 'https://app.example/cb'
const [own, foreign, rsa] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256'), generateKeyPair('RS256', { extractable: true })])
const ownJwk = { ...await exportJWK(own.publicKey), kid: 'own' }
const rsaJwk = { ...await exportJWK(rsa.publicKey), kid: 'rsa' }
const half = (value: string): string => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')
type Signing = Readonly<Record<string, unknown>> & { readonly key?: CryptoKey | Uint8Array }
const signed = (claims: object, { key = own.privateKey, ...header }: Signing = {}): Promise<string> =>
  new SignJWT(JSON.parse(JSON.stringify(claims))).setProtectedHeader(JSON.parse(JSON.stringify({ alg: 'ES256', kid: 'own', ...header }))).sign(key)
const unsigned = (claims: object): string => [{ alg: 'none' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.'

interface Fault {
  readonly code: string
  readonly why: string
  /** Changes the parameters of the response; `undefined` takes one away. */
  readonly parameters?: Readonly<Record<string, string | undefined>>
  readonly more?: readonly (readonly [string, string])[]
  readonly pending?: Partial<PendingAuthorization>
  /** Changes the claims of the ID Token, or replaces it. */
  readonly claims?: object
  readonly signing?: Signing
  readonly token?: (claims: object) => string | Promise<string>
  /** Changes the token response. */
  readonly body?: object
  readonly answers?: Answers
  readonly ask?: Partial<HybridOptions>
  readonly options?: Partial<CreateClientOptions>
  /** What was asked for when it was refused; nothing more ever is. */
  readonly asked?: readonly string[]
}

/** One sign-in by code, bent as told: the code of its error, and what the issuer was asked for. */
async function signIn({ parameters = {}, more = [], pending, claims, signing, token, body, answers, ask, options }: Omit<Fault, 'code' | 'why'>): Promise<{ readonly code: unknown; readonly asked: readonly string[] }> {
  const asked: { nonce?: string | undefined } = {}
  const { client, paths } = setUp({
    '/jwks': () => Response.json({ keys: [ownJwk, rsaJwk] }),
    '/token': async () => {
      const good = { iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, nonce: asked.nonce, at_hash: half('at'), ...claims }
      return Response.json({ access_token: 'at', token_type: 'Bearer', expires_in: 60, id_token: token === undefined ? await signed(good, signing) : await token(good), ...body })
    },
    ...answers,
  }, options)
  const begun = await client.authorizationUrl({ redirectUri, ...ask })
  asked.nonce = begun.pending.nonce
  const entries = Object.entries({ code: 'c', state: begun.pending.state, iss: issuer, ...parameters }).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
  const code = await failing(client.callback(new URLSearchParams([...entries, ...more.map(pair => [...pair])]), { ...begun.pending, ...pending }))
  return { code, asked: paths() }
}

test('a sign-in by code that nobody bent ends well', async () => {
  expect(await signIn({})).toEqual({ code: 'no error', asked: ['/token'] })
  expect(await signIn({ claims: { aud: ['app'], azp: 'app', c_hash: half('c'), nbf: now, auth_time: now } })).toEqual({ code: 'no error', asked: ['/token'] })
})

const atCallback: readonly Fault[] = [
  { code: 'state_mismatch', why: 'K01 no state', parameters: { state: undefined } },
  { code: 'state_mismatch', why: 'K01 another state', parameters: { state: 'x' } },
  { code: 'state_mismatch', why: 'K01 an empty state for an empty memory', parameters: { state: '' }, pending: { state: '' } },
  { code: 'response_malformed', why: 'K01 two states', more: [['state', 'x']] },
  { code: 'response_malformed', why: 'K01 two codes', more: [['code', 'x']] },
  { code: 'state_expired', why: 'K01 a state that is too old', pending: { createdAt: now - 3601 } },
  { code: 'code_missing', why: 'K01 no code', parameters: { code: undefined } },
  { code: 'access_denied', why: 'K01 an error', parameters: { code: undefined, error: 'access_denied' } },
  { code: 'access_denied', why: 'K01 an error beside a code', parameters: { error: 'access_denied' } },
  { code: 'issuer_missing', why: 'K02 no iss though it is announced', parameters: { iss: undefined } },
  { code: 'issuer_mismatch', why: 'K02 another iss', parameters: { iss: 'https://evil.example' } },
  { code: 'issuer_mismatch', why: 'K02 an iss with a slash', parameters: { iss: `${issuer}/` } },
  { code: 'response_malformed', why: 'K02 two iss', more: [['iss', 'https://evil.example']] },
  { code: 'token_of_another_issuer', why: 'K02 the pending sign-in of another issuer', pending: { issuer: 'https://evil.example' } },
  { code: 'token_of_another_issuer', why: 'K02 the pending sign-in of another client', pending: { client_id: 'other' } },
  { code: 'front_channel_token', why: 'K02 an access token nobody asked for', parameters: { access_token: 'x' } },
  { code: 'front_channel_token', why: 'K02 an ID Token nobody asked for', parameters: { id_token: 'x' } },
  { code: 'front_channel_token', why: 'K02 a signed response nobody asked for', parameters: { response: 'x' } },
]

const atToken: readonly Fault[] = [
  { code: 'id_token_unsigned', why: 'K03 alg none', token: unsigned },
  { code: 'id_token_unsigned', why: 'K03 alg none that is configured', token: unsigned, options: { idTokenAlgorithms: ['none'] } },
  { code: 'id_token_alg_unexpected', why: 'K03 HS256 over the public key', signing: { alg: 'HS256', key: new TextEncoder().encode(JSON.stringify(rsaJwk)) } },
  { code: 'id_token_alg_unexpected', why: 'K03 another algorithm than configured', options: { idTokenAlgorithms: ['RS256'] } },
  { code: 'id_token_malformed', why: 'K03 a critical header nobody knows', token: claims => unsigned(claims).replace(/^[^.]*/, Buffer.from('{"alg":"ES256","crit":["b64"]}').toString('base64url')) },
  { code: 'id_token_malformed', why: 'K03 no JWT', token: () => 'abc' },
  { code: 'id_token_malformed', why: 'K03 five parts', token: () => 'a.b.c.d.e' },
  { code: 'id_token_issuer_mismatch', why: 'K03 another iss', claims: { iss: 'https://evil.example' } },
  { code: 'id_token_audience_mismatch', why: 'K03 another aud', claims: { aud: 'other' } },
  { code: 'id_token_audience_untrusted', why: 'K03 a second aud without azp', claims: { aud: ['app', 'other'] } },
  { code: 'id_token_azp_mismatch', why: 'K03 another azp', claims: { azp: 'other' } },
  { code: 'id_token_expired', why: 'K03 expired', claims: { exp: now - 31 } },
  { code: 'clock_skew', why: 'K03 from the future', claims: { iat: now + 31 } },
  { code: 'id_token_not_yet_valid', why: 'K03 not yet valid', claims: { nbf: now + 31 } },
  { code: 'nonce_mismatch', why: 'K03 another nonce', claims: { nonce: 'other' } },
  { code: 'nonce_mismatch', why: 'K03 no nonce', claims: { nonce: undefined } },
  ...['iss', 'sub', 'aud', 'exp', 'iat'].map((name): Fault => ({ code: 'id_token_claim_missing', why: `K03 no ${name}`, claims: { [name]: undefined } })),
  { code: 'id_token_claim_missing', why: 'K03 exp as a text', claims: { exp: '1900000000' } },
  { code: 'id_token_missing', why: 'K03 no ID Token', body: { id_token: undefined } },
  { code: 'auth_time_missing', why: 'K03 no auth_time though max_age was asked', ask: { maxAge: 60 } },
  { code: 'auth_time_too_old', why: 'K03 signed in too long ago', ask: { maxAge: 60 }, claims: { auth_time: now - 91 } },
  { code: 'at_hash_mismatch', why: 'K04 at_hash of another token', claims: { at_hash: half('other') } },
  { code: 'c_hash_mismatch', why: 'K04 c_hash of another code', claims: { c_hash: half('other') } },
  { code: 's_hash_mismatch', why: 'K04 s_hash of another state', claims: { s_hash: half('other') } },
  { code: 'hash_alg_unknown', why: 'K04 an algorithm whose hash nobody knows', options: { idTokenAlgorithms: ['ES999'] }, token: claims => unsigned(claims).replace(/^[^.]*/, Buffer.from('{"alg":"ES999"}').toString('base64url')) + 'c2ln' },
  { code: 'token_type_mismatch', why: 'K09 another token type', body: { token_type: 'DPoP' } },
  { code: 'token_response_malformed', why: 'K10 no access token', body: { access_token: undefined } },
  { code: 'token_response_malformed', why: 'K10 a token that is no text', body: { access_token: 7 } },
  { code: 'scope_malformed', why: 'K10 scope as a list', body: { scope: ['api'] } },
  ...[-1, 0, 'x', 2 ** 40, null].map((expires_in): Fault => ({ code: 'expires_in_invalid', why: `K10 expires_in ${expires_in}`, body: { expires_in } })),
  { code: 'redirect_refused', why: 'K06 a redirect', answers: { '/token': () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }) } },
  { code: 'invalid_grant', why: 'an error', answers: { '/token': () => Response.json({ error: 'invalid_grant' }, { status: 400 }) } },
]

describe('SDK-1 and SDK-4 refused, with no further call:', () => {
  test.each(atCallback.map(fault => [fault.why, fault] as const))('%s', async (_, { code, ...fault }) => {
    expect(await signIn(fault)).toEqual({ code, asked: [] })
  })
  test.each(atToken.map(fault => [fault.why, fault] as const))('%s', async (_, { code, ...fault }) => {
    expect(await signIn(fault)).toEqual({ code, asked: ['/token'] })
  })
  test('K10 expires_in 1e309', async () => {
    expect(await signIn({ answers: { '/token': () => new Response('{"access_token":"at","token_type":"Bearer","expires_in":1e309}', { headers: { 'content-type': 'application/json' } }) } })).toEqual({ code: 'expires_in_invalid', asked: ['/token'] })
  })
})

describe('a signed response', () => {
  const good = { iss: issuer, aud: 'app', exp: now + 60, code: 'c' }
  async function arrive({ claims = {}, signing, beside = {}, response, name = 'response' }: { readonly claims?: object; readonly signing?: Signing; readonly beside?: Readonly<Record<string, string>>; readonly response?: (claims: object) => string; readonly name?: string }): Promise<{ readonly code: unknown; readonly asked: readonly string[] }> {
    const asked: { nonce?: string | undefined } = {}
    const { client, paths } = setUp({
      '/jwks': () => Response.json({ keys: [ownJwk, rsaJwk] }),
      '/token': async () => Response.json({ access_token: 'at', token_type: 'Bearer', id_token: await signed({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, nonce: asked.nonce }) }),
    })
    const { pending } = await client.authorizationUrl({ redirectUri, responseMode: 'query.jwt' })
    asked.nonce = pending.nonce
    const written = { ...good, state: pending.state, ...claims }
    const url = new URL(redirectUri)
    url.searchParams.set(name, response === undefined ? await signed(written, signing) : response(written))
    for (const [parameter, value] of Object.entries(beside)) url.searchParams.set(parameter, value)
    return { code: await failing(client.callback(url, pending)), asked: paths() }
  }
  test('is taken at its word once its signature holds', async () => {
    expect(await arrive({})).toEqual({ code: 'no error', asked: ['/jwks', '/token'] })
    expect(await arrive({ claims: { aud: ['app', 'other'] }, signing: { alg: 'RS256', kid: 'rsa', key: rsa.privateKey } })).toEqual({ code: 'no error', asked: ['/jwks', '/token'] })
  })
  test.each<[string, string, Parameters<typeof arrive>[0]]>([
    ['jwt_response_missing', 'plain parameters instead', { name: 'code' }],
    ['jwt_response_malformed', 'no JWT', { response: () => 'abc' }],
    ['jwt_response_unsigned', 'alg none', { response: unsigned }],
    ['jwt_response_alg_unexpected', 'HS256 over the public key', { signing: { alg: 'HS256', key: new TextEncoder().encode(JSON.stringify(rsaJwk)) } }],
    ['jwt_response_claim_missing', 'no iss', { claims: { iss: undefined } }],
    ['jwt_response_claim_missing', 'no aud', { claims: { aud: undefined } }],
    ['jwt_response_claim_missing', 'no exp', { claims: { exp: undefined } }],
    ['jwt_response_issuer_mismatch', 'another iss', { claims: { iss: 'https://evil.example' } }],
    ['jwt_response_audience_mismatch', 'another aud', { claims: { aud: 'other' } }],
    ['jwt_response_expired', 'expired', { claims: { exp: now - 31 } }],
    ['response_malformed', 'a code beside it', { beside: { code: 'x' } }],
  ])('is refused before anything is asked, as %s: %s', async (code, _, fault) => {
    expect(await arrive(fault)).toEqual({ code, asked: [] })
  })
  test.each<[string, string, Parameters<typeof arrive>[0]]>([
    ['signature_invalid', 'another key', { signing: { key: foreign.privateKey } }],
    ['state_mismatch', 'another state', { claims: { state: 'x' } }],
    ['code_missing', 'no code', { claims: { code: undefined } }],
    ['front_channel_token', 'a token nobody asked for', { claims: { access_token: 'x' } }],
    ['access_denied', 'an error', { claims: { code: undefined, error: 'access_denied' } }],
  ])('is refused before its code leaves, as %s: %s', async (code, _, fault) => {
    expect(await arrive(fault)).toEqual({ code, asked: ['/jwks'] })
  })
})

describe('K05 metadata is refused', () => {
  const asking = (document: unknown) => setUp({ '/.well-known/openid-configuration': () => Response.json(document) })
  test.each<[string, object]>([
    ['metadata_issuer_mismatch', { issuer: 'https://evil.example' }], ['metadata_issuer_mismatch', { issuer: `${issuer}/` }],
    ...['http://op.example/x', 'file:///etc/passwd', '--flag', '$(calc)', 'javascript:alert(1)', 'https://169.254.169.254/', 'https://[fe80::1]/', 'https://user@op.example/', 7].flatMap(address =>
      ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint'].map((name): [string, object] => ['endpoint_not_allowed', { [name]: address }])),
  ])('as %s: %j', async (code, change) => {
    const { client, paths } = asking({ ...metadata, ...change })
    expect(await failing(client.authorizationUrl({ redirectUri }))).toBe(code)
    expect(await failing(client.clientCredentials())).toBe(code)
    expect(paths()).toEqual([])
  })
})

describe('what the issuer answers', () => {
  const tokens: TokenSet = { issuer, clientId: 'app', accessToken: { token: 'at', type: 'Bearer', expiresAt: now + 60, scope: [] }, refreshToken: 'rt', claims: { iss: issuer, sub: 'alice', aud: 'app', exp: now, iat: now } }
  test('K07 about another user is refused', async () => {
    expect(await failing(setUp({ '/userinfo': () => Response.json({ sub: 'bob' }) }).client.userinfo(tokens))).toBe('userinfo_subject_mismatch')
    expect(await failing(setUp({ '/userinfo': () => Response.json({ name: 'x' }) }).client.userinfo(tokens))).toBe('userinfo_malformed')
  })
  test('K06 by sending elsewhere is refused, at every endpoint', async () => {
    const away = (): Response => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })
    const { client, paths } = setUp({ '/token': away, '/userinfo': away, '/revoke': away, '/introspect': away, '/device_authorization': away })
    for (const work of [client.userinfo(tokens), client.refresh(tokens), client.revoke('t'), client.introspect('t'), client.device()]) expect(await failing(work)).toBe('redirect_refused')
    expect(paths()).toHaveLength(5)
  })
  test('K10 without end, in size or in time, is bounded', async () => {
    const endless = (pause: number): Response => new Response(new ReadableStream({
      async pull(controller) {
        if (pause > 0) await new Promise(resolve => { setTimeout(resolve, pause) })
        controller.enqueue(new Uint8Array(pause > 0 ? 1 : 65_536).fill(32))
      },
    }))
    expect(await failing(setUp({ '/token': () => endless(0) }).client.clientCredentials())).toBe('response_too_large')
    expect(await failing(setUp({ '/token': () => endless(10) }, { timeout: 0.2 }).client.clientCredentials())).toBe('timeout')
    expect(await failing(setUp({ '/token': () => new Promise(() => undefined) }, { timeout: 0.2 }).client.clientCredentials())).toBe('timeout')
  })
  test.each([
    ['K03 a changed sub after refresh', { sub: 'bob' }, 'refreshed_identity_mismatch'], ['K03 a changed iss after refresh', { iss: 'https://evil.example' }, 'id_token_issuer_mismatch'],
    ['K03 a changed nonce after refresh', { nonce: 'other' }, 'refreshed_identity_mismatch'],
  ])('%s is refused', async (_, change, code) => {
    const id_token = await signed({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...change })
    const { client } = setUp({ '/token': () => Response.json({ access_token: 'at', token_type: 'Bearer', id_token }) })
    expect(await failing(client.refresh({ ...tokens, claims: { iss: issuer, sub: 'alice', aud: 'app', exp: now, iat: now, nonce: 'n' } }))).toBe(code)
  })
})
