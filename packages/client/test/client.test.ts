import { describe, expect, test } from 'vitest'
import { clientSecretBasic, clientSecretPost, createClient, isAuthError, type ClientOptions, type TokenSet } from '../src/index.ts'

const issuer = 'https://op.example'
const now = 1_800_000_000
const metadata = {
  issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/userinfo`,
  end_session_endpoint: `${issuer}/end`, authorization_response_iss_parameter_supported: true,
}

type Answers = { readonly [path: string]: (request: Request) => Response | Promise<Response> }

/** A client whose issuer answers as told, and the requests it got. */
function setUp(answers: Answers, options: Partial<ClientOptions> = {}): { readonly client: ReturnType<typeof createClient>; readonly asked: Request[] } {
  const asked: Request[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    asked.push(request.clone())
    const { pathname } = new URL(request.url)
    const answer = answers[pathname] ?? (pathname.startsWith('/.well-known/openid') ? () => Response.json(metadata) : () => new Response(null, { status: 404 }))
    return answer(request)
  }
  return { asked, client: createClient({ issuer, clientId: 'app', fetch, now: () => now, ...options }) }
}

function idToken(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'ES256' })}.${part({ iss: issuer, sub: 'alice', aud: 'app', exp: now + 60, iat: now, ...claims })}.c2ln`
}

const token = (more: object = {}): Response => Response.json({ access_token: 'at', token_type: 'Bearer', expires_in: 60, ...more })
const tokens: TokenSet = { issuer, clientId: 'app', accessToken: { token: 'at', type: 'Bearer', expiresAt: now, scope: ['api'] }, refreshToken: 'rt', claims: { iss: issuer, sub: 'alice', aud: 'app', exp: now, iat: now } }
const failing = async (work: Promise<unknown>): Promise<unknown> => work.then(() => 'no error', (error: unknown) => isAuthError(error) ? error.code : error)

describe('discovery', () => {
  test('asks once for many, and falls back to RFC 8414', async () => {
    const { client, asked } = setUp({ '/.well-known/openid-configuration': () => new Response(null, { status: 404 }), '/.well-known/oauth-authorization-server': () => Response.json(metadata) })
    await Promise.all([client.discover(), client.discover()])
    await client.discover()
    expect(asked.map(({ url }) => url)).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/.well-known/oauth-authorization-server`])
  })
  test('a failure is not kept', async () => {
    let isUp = false
    const { client } = setUp({ '/.well-known/openid-configuration': () => isUp ? Response.json(metadata) : new Response(null, { status: 503 }) })
    await expect(client.discover()).rejects.toMatchObject({ code: 'discovery_failed', retryable: true, status: 503 })
    isUp = true
    await expect(client.discover()).resolves.toMatchObject({ issuer })
  })
  test('says what is wrong with an issuer that differs by a slash', async () => {
    const { client } = setUp({ '/.well-known/openid-configuration': () => Response.json({ ...metadata, issuer: `${issuer}/` }) })
    await expect(client.discover()).rejects.toMatchObject({ code: 'metadata_issuer_mismatch', phase: 'discovery', hint: expect.stringContaining('trailing slash') })
  })
  test.each([['http://op.example', 'insecure_issuer'], ['https://op.example?x', 'invalid_configuration'], ['file:///x', 'invalid_configuration']])('refuses the issuer %s', (at, code) => {
    expect(() => createClient({ issuer: at, clientId: 'app' })).toThrow(expect.objectContaining({ code }))
  })
  test('takes http for loopback, and elsewhere when told so', () => {
    expect(() => createClient({ issuer: 'http://127.0.0.1:4700', clientId: 'app' })).not.toThrow()
    expect(() => createClient({ issuer: 'http://op.internal', clientId: 'app', allowInsecureIssuer: true })).not.toThrow()
  })
})

describe('code and PKCE', () => {
  async function arrive(change: object, response: object = {}, options: Partial<ClientOptions> = {}): Promise<unknown> {
    let nonce = ''
    const { client } = setUp({ '/token': () => token({ id_token: idToken({ nonce, ...change }), ...response }) }, options)
    const { url, pending } = await client.authorizationUrl({ redirectUri: 'https://app.example/cb', scope: 'openid api' })
    nonce = url.searchParams.get('nonce') ?? ''
    const result = await client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer }), pending).catch((error: unknown) => isAuthError(error) ? error.code : error)
    return result
  }
  test('brings tokens stamped with their issuer', async () => {
    expect(await arrive({})).toMatchObject({ issuer, clientId: 'app', accessToken: { token: 'at', type: 'Bearer', expiresAt: now + 60, scope: ['openid', 'api'] }, claims: { sub: 'alice' } })
  })
  test('redeems the code with its redirect URI and verifier', async () => {
    const { client, asked } = setUp({ '/token': () => token() })
    const { pending } = await client.authorizationUrl({ redirectUri: 'https://app.example/cb', scope: 'api' })
    await client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer }), pending)
    expect(await asked.at(-1)?.text()).toBe(new URLSearchParams({ grant_type: 'authorization_code', code: 'c', redirect_uri: 'https://app.example/cb', code_verifier: pending.code_verifier, client_id: 'app' }).toString())
  })
  test('checks at_hash against the access token', async () => {
    expect(await arrive({ at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }, { access_token: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y' })).toMatchObject({ claims: { sub: 'alice' } })
    expect(await arrive({ at_hash: '77QmUPtjPfzWtF2AnpK9RQ' })).toBe('at_hash_mismatch')
  })
  test.each([
    [{ nonce: 'other' }, 'nonce_mismatch'], [{ aud: 'other' }, 'id_token_audience_mismatch'], [{ exp: now - 31 }, 'id_token_expired'], [{ iat: now + 99 }, 'clock_skew'],
    [{ c_hash: 'x' }, 'c_hash_mismatch'], [{ s_hash: 'x' }, 's_hash_mismatch'],
  ])('refuses an ID Token with %j', async (change, code) => {
    expect(await arrive(change)).toBe(code)
  })
  test('refuses a missing ID Token, another token type, and a signature that does not hold', async () => {
    expect(await arrive({}, { id_token: undefined })).toBe('id_token_missing')
    expect(await arrive({}, { token_type: 'DPoP' })).toBe('token_type_mismatch')
    expect(await arrive({}, {}, { verifySignature: () => Promise.reject(new Error('no')) })).toBe('signature_invalid')
  })
  test('sends no code to one issuer that was meant for another', async () => {
    const { client, asked } = setUp({})
    const { pending } = await client.authorizationUrl({ redirectUri: 'https://app.example/cb' })
    expect(await failing(client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: 'https://b.example' }), pending))).toBe('issuer_mismatch')
    expect(await failing(client.callback(new URLSearchParams({ code: 'c', state: pending.state, iss: issuer }), { ...pending, issuer: 'https://b.example' }))).toBe('token_of_another_issuer')
    expect(asked.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('grants', () => {
  test('client credentials, by either place for the secret, form-encoded first', async () => {
    const basic = setUp({ '/token': () => token() }, { clientAuth: clientSecretBasic('a:b c') })
    expect(await basic.client.clientCredentials({ scope: 'api', resource: ['https://a.example', 'https://b.example'] })).toMatchObject({ accessToken: { scope: ['api'] } })
    expect(basic.asked[1]?.headers.get('authorization')).toBe(`Basic ${btoa('app:a%3Ab+c')}`)
    expect(await basic.asked[1]?.text()).toBe('grant_type=client_credentials&scope=api&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example')
    const post = setUp({ '/token': () => token() }, { clientAuth: clientSecretPost('s') })
    await post.client.clientCredentials()
    expect(await post.asked[1]?.text()).toBe('grant_type=client_credentials&client_id=app&client_secret=s')
  })
  test('refresh keeps what the issuer leaves out, and refuses another user', async () => {
    expect(await setUp({ '/token': () => token() }).client.refresh(tokens)).toMatchObject({ refreshToken: 'rt', claims: { sub: 'alice' }, accessToken: { scope: ['api'], expiresAt: now + 60 } })
    expect(await setUp({ '/token': () => token({ refresh_token: 'rt2' }) }).client.refresh(tokens)).toMatchObject({ refreshToken: 'rt2' })
    expect(await failing(setUp({ '/token': () => token({ id_token: idToken({ sub: 'bob' }) }) }).client.refresh(tokens))).toBe('refreshed_identity_mismatch')
  })
  test('never sends tokens to another issuer', async () => {
    const { client, asked } = setUp({})
    for (const work of [client.refresh, client.userinfo]) expect(await failing(work({ ...tokens, issuer: 'https://other.example' }))).toBe('token_of_another_issuer')
    expect(asked).toEqual([])
  })
  test('UserInfo about another user is refused', async () => {
    expect(await setUp({ '/userinfo': () => Response.json({ sub: 'alice', name: 'A' }) }).client.userinfo(tokens)).toEqual({ sub: 'alice', name: 'A' })
    expect(await failing(setUp({ '/userinfo': () => Response.json({ sub: 'bob' }) }).client.userinfo(tokens))).toBe('userinfo_subject_mismatch')
  })
  test('reports the error of the issuer', async () => {
    const { client } = setUp({ '/token': () => Response.json({ error: 'invalid_grant', error_description: 'spent' }, { status: 400 }) })
    await expect(client.refresh(tokens)).rejects.toMatchObject({ name: 'AuthError', code: 'invalid_grant', phase: 'refresh', status: 400, oauth: { error: 'invalid_grant', description: 'spent' }, retryable: false })
  })
})

describe('a hostile or broken endpoint', () => {
  const endless = (): Response => new Response(new ReadableStream({ pull: controller => controller.enqueue(new Uint8Array(65536)) }))
  const silent = (): Response => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }))
  test.each<[string, () => Response | Promise<Response>]>([
    ['redirect_refused', () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })],
    ['response_too_large', endless],
    ['timeout', silent],
    ['timeout', () => new Promise(() => undefined)],
    ['network_error', () => Promise.reject(new TypeError('failed'))],
    ['token_response_malformed', () => new Response('<html>')],
    ['http_error', () => new Response('oops', { status: 500 })],
    ['expires_in_invalid', () => token({ expires_in: -1 })],
  ])('ends in %s', async (code, answer) => {
    const { client, asked } = setUp({ '/token': answer }, { timeout: 0.2 })
    expect(await failing(client.refresh(tokens))).toBe(code)
    expect(asked).toHaveLength(2)
  })
  test('an aborted call says so', async () => {
    const { client } = setUp({ '/token': () => new Promise(() => undefined) })
    expect(await failing(client.refresh(tokens, { signal: AbortSignal.timeout(10) }))).toBe('aborted')
  })
})
