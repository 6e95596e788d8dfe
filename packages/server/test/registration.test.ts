import { digest, type RefusalKey } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf, pageOf } from './browser.ts'
import { ISSUER, type Issuer, refused, START, testIssuer } from './issuer.ts'
import { call, type Information, LEAST, post, PUBLIC, registered, registering } from './registrant.ts'
import { basic, claimsOf, expectError, isAlive, redeeming, refreshing, tokenRequest, tokensOf } from './tokens.ts'

const RSA_1024 = { kty: 'RSA', e: 'AQAB', n: 'x'.repeat(171) }
const EC = { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' }

/** Signs alice in with a registered public client, from consent to tokens. */
async function signedInTo({ client_id }: Pick<Information, 'client_id'>, issuer: Issuer, changes: Record<string, string> = {}) {
  const parameters = { client_id, redirect_uri: 'https://new.example/cb', ...changes }
  const code = await codeOf(browserFor(issuer), asking(parameters))
  return tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id, redirect_uri: parameters.redirect_uri }))))
}

describe('G, who may register', () => {
  it('nobody where it is not configured, and discovery does not offer it', async () => {
    const issuer = testIssuer()
    expect((await post(issuer, LEAST)).status).toBe(404)
    const metadata: unknown = await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()
    expect(metadata).not.toHaveProperty('registration_endpoint')
  })
  it.each<[string, RefusalKey, Record<string, string>, string | null]>([
    ['no token', 'initial_access_token_missing', {}, 'Bearer'],
    ['G01 a scheme and nothing after it', 'initial_access_token_unknown', { authorization: 'Bearer' }, 'Bearer error="invalid_token", error_description="The initial access token is not valid."'],
    ['another token', 'initial_access_token_unknown', { authorization: 'Bearer of-nothing' }, 'Bearer error="invalid_token", error_description="The initial access token is not valid."'],
    ['another scheme', 'initial_access_token_unknown', { authorization: 'Basic d2ViOng=' }, 'Bearer error="invalid_token", error_description="The initial access token is not valid."'],
  ])('G01 closed by default: %s is 401', async (_, key, headers, challenge) => {
    const issuer = registering({ access: 'initial access token' })
    const answer = await refused(issuer, key, () => post(issuer, LEAST, undefined, headers))
    expect([answer.status, answer.headers.get('www-authenticate'), answer.headers.get('content-type')]).toEqual([401, challenge, 'application/json'])
  })
  it('REG-3 with an initial access token, as often as it is good for and until its end', async () => {
    const issuer = registering({ access: 'initial access token' })
    const { initial_access_token: token, expiresAt } = await issuer.registration.invite({ uses: 2, lifetime: 100 })
    expect([token, expiresAt]).toEqual([expect.stringMatching(/^[\w-]{43}$/), START + 100])
    expect(issuer.stored()).not.toContain(token)
    await registered(issuer, LEAST, token)
    await refused(issuer, 'client_redirect_uri_invalid', () => post(issuer, { redirect_uris: ['https://new.example/cb#x'] }, token))
    await registered(issuer, LEAST, token)
    await expectError(await refused(issuer, 'initial_access_token_used_up', () => post(issuer, LEAST, token)), 429, 'access_denied')
    const other = await issuer.registration.invite({ lifetime: 100 })
    issuer.pass(100)
    await refused(issuer, 'initial_access_token_unknown', () => post(issuer, LEAST, other.initial_access_token))
  })
  it('an initial access token that is wrong is refused where registration is open, too', async () => {
    const issuer = registering()
    await refused(issuer, 'initial_access_token_unknown', () => post(issuer, LEAST, 'of-nothing'))
    await registered(issuer, LEAST, (await issuer.registration.invite()).initial_access_token)
    expect((await post(issuer, LEAST)).status).toBe(201)
  })
  it('an initial access token gives the profile and the scope that it was made with', async () => {
    const issuer = registering({ scopes: ['openid'] })
    const { initial_access_token } = await issuer.registration.invite({ profile: 'oidc', scope: ['openid', 'api'] })
    const implicit = { ...LEAST, response_types: ['id_token token'] }
    await expectError(await post(issuer, implicit), 400, 'invalid_client_metadata')
    const client = await registered(issuer, implicit, initial_access_token)
    expect(client).toMatchObject({ scope: 'openid api', grant_types: ['implicit'], response_types: ['id_token token'] })
    const changed = await call(issuer, 'PUT', client.registration_client_uri, client.registration_access_token, { client_id: client.client_id, ...LEAST, response_types: ['code id_token'] })
    expect(await changed.json()).toMatchObject({ scope: 'openid api', response_types: ['code id_token'] })
  })
})

describe('REG, what is registered', () => {
  it('REG-1 REG-2 is told whole, with the defaults', async () => {
    const issuer = registering()
    const answer = await post(issuer, LEAST)
    const body = (await answer.json()) as Information
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([201, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }])
    expect(body).toEqual({
      client_id: expect.stringMatching(/^[\w-]{27}$/) as string,
      client_id_issued_at: START,
      client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
      client_secret_expires_at: 0,
      registration_client_uri: `${ISSUER}/register/${body.client_id}`,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/) as string,
      application_type: 'web',
      redirect_uris: LEAST.redirect_uris,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid profile email address phone offline_access',
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'RS256',
      subject_type: 'public',
    })
    expect(issuer.events.at(-1)).toMatchObject({ event: 'issued', endpoint: 'registration', client_id: body.client_id })
    for (const secret of [body.client_secret, body.registration_access_token]) {
      expect(issuer.stored()).not.toContain(secret)
      expect(JSON.stringify(issuer.events)).not.toContain(secret)
    }
    expect(issuer.stored()).toContain(digest(body.registration_access_token))
  })
  it('REG-2 echoes every member that can be registered', async () => {
    const issuer = registering({ profile: 'oidc' })
    const everything = {
      client_name: 'Neu & Söhne',
      client_uri: 'https://new.example/',
      logo_uri: 'https://new.example/logo.png',
      policy_uri: 'https://new.example/privacy',
      tos_uri: 'https://new.example/terms',
      contacts: ['ops@new.example'],
      software_id: 'new',
      software_version: '1.0',
      application_type: 'web',
      redirect_uris: ['https://new.example/cb', 'https://new.example/cb?a=1'],
      post_logout_redirect_uris: ['https://new.example/bye'],
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      response_types: ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'],
      scope: 'openid email offline_access',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [{ ...EC, kid: '1' }] },
      id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'RS256',
      request_object_signing_alg: 'RS256',
      request_uris: ['https://new.example/request.jwt#a'],
      require_signed_request_object: false,
      require_pushed_authorization_requests: false,
      subject_type: 'pairwise',
      default_max_age: 600,
      require_auth_time: true,
      default_acr_values: ['urn:example:loa:1'],
      initiate_login_uri: 'https://new.example/login',
      frontchannel_logout_uri: 'https://new.example/front',
      frontchannel_logout_session_required: true,
      backchannel_logout_uri: 'https://new.example/back',
      backchannel_logout_session_required: true,
    }
    expect(await registered(issuer, everything)).toMatchObject(everything)
  })
  it.each([
    ['REG-7 no redirect URI for a client without a response type', { response_types: [], grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], token_endpoint_auth_method: 'none' }, {}],
    ['the grant types that the response types need', { ...LEAST, response_types: ['code id_token'] }, { grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'] }],
    ['null for absent', { ...LEAST, client_name: null, scope: null, software_statement: null }, { scope: 'openid profile email address phone offline_access' }],
    ['G09 no secret for a public client', PUBLIC, { token_endpoint_auth_method: 'none' }],
    ['a native application', { redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'], application_type: 'native', token_endpoint_auth_method: 'none' }, { application_type: 'native' }],
  ])('%s', async (_, body, expected) => {
    const told = await registered(registering(), body)
    expect(told).toMatchObject(expected)
    expect('client_secret' in told).toBe(told.token_endpoint_auth_method !== 'none')
    expect('client_secret_expires_at' in told).toBe('client_secret' in told)
  })
  it('G06 nothing that is ours to say: it is ignored', async () => {
    const issuer = registering({ profile: 'oauth21' })
    const greedy = `{"redirect_uris":["https://new.example/cb"],"client_id":"web","client_secret":"mine","first_party":true,"skip_consent":true,"trusted":true,"enabled":false,"profile":"legacy","policy":{"consent":"never"},"scope":"openid admin api","claims":{"role":"admin"},"allowed_cors_origins":["https://evil.example"],"secrets":[{"secret":"mine"}],"__proto__":{"scope":"admin"},"constructor":1}`
    const told = await registered(issuer, greedy)
    expect(told).toMatchObject({ scope: 'openid' })
    expect(told.client_id).not.toBe('web')
    for (const name of ['first_party', 'skip_consent', 'trusted', 'profile', 'policy', 'claims', 'allowed_cors_origins', 'secrets', 'enabled']) expect(told).not.toHaveProperty(name)
    expect(issuer.stored()).not.toMatch(/admin|evil|legacy|mine/)
    await expectError(await post(issuer, { ...LEAST, scope: 'admin' }), 400, 'invalid_client_metadata')
  })

  const strict = registering()
  const metadata = (members: object) => ({ ...LEAST, ...members })
  it.each<[string, object | string, string]>([
    ...['javascript:alert(1)', 'data:text/html,x', 'https://new.example/cb#x', 'https://*.rp.example/cb', 'http://rp.example/cb', 'https://rp.example/cb?code=x&state=y', 'myapp:/cb', '/cb', ''].map(
      (uri): [string, object, string] => [`G02 REG-4 the redirect URI ${uri}`, { redirect_uris: ['https://new.example/cb', uri] }, 'invalid_redirect_uri'],
    ),
    ['no redirect URI', {}, 'invalid_redirect_uri'],
    ['redirect URIs that are no list', { redirect_uris: 'https://new.example/cb' }, 'invalid_redirect_uri'],
    ['REG-4 initiate_login_uri by http', metadata({ initiate_login_uri: 'http://new.example/login' }), 'invalid_client_metadata'],
    ...['jwks_uri', 'logo_uri', 'sector_identifier_uri', 'backchannel_logout_uri', 'frontchannel_logout_uri'].map((name): [string, object, string] => [`G03 ${name} by http on this machine`, metadata({ [name]: 'http://127.0.0.1:8080/x' }), 'invalid_client_metadata']),
    ['G03 request_uris by http', metadata({ request_uris: ['http://2852039166/'] }), 'invalid_client_metadata'],
    ['G05 a private key', metadata({ jwks: { keys: [{ ...EC, d: 'x' }] } }), 'invalid_client_metadata'],
    ['G05 a symmetric key', metadata({ jwks: { keys: [{ kty: 'oct' }] } }), 'invalid_client_metadata'],
    ['G05 jwks beside jwks_uri', metadata({ jwks: { keys: [EC] }, jwks_uri: 'https://new.example/jwks' }), 'invalid_client_metadata'],
    ['G05 an RSA key of 1024 bits', metadata({ jwks: { keys: [RSA_1024] } }), 'invalid_client_metadata'],
    ['keys that are none', metadata({ jwks: { keys: ['x'] } }), 'invalid_client_metadata'],
    ['G08 100,000 characters', metadata({ client_name: 'x'.repeat(50_000) }), 'invalid_client_metadata'],
    ['G08 text that turns around', metadata({ client_name: '\u202Egro.elpmaxe' }), 'invalid_client_metadata'],
    ['G08 control characters', metadata({ client_name: 'a\u0000b' }), 'invalid_client_metadata'],
    ['G08 a method that is markup', metadata({ token_endpoint_auth_method: '<img src=x onerror=alert("1")>\\' }), 'invalid_client_metadata'],
    ['an unknown method', metadata({ token_endpoint_auth_method: 'tls_magic' }), 'invalid_client_metadata'],
    ['private_key_jwt without a key', metadata({ token_endpoint_auth_method: 'private_key_jwt' }), 'invalid_client_metadata'],
    ['ID Tokens that are not signed', metadata({ id_token_signed_response_alg: 'none' }), 'invalid_client_metadata'],
    ['a grant type for the operator\'s own', metadata({ grant_types: ['client_credentials'], response_types: [] }), 'invalid_client_metadata'],
    ['the password grant', metadata({ grant_types: ['password'], response_types: [] }), 'invalid_client_metadata'],
    ['an implicit client under oauth21', metadata({ response_types: ['id_token'] }), 'invalid_client_metadata'],
    ['an unknown response type', metadata({ response_types: ['code magic'] }), 'invalid_client_metadata'],
    ['response types without their grant types', metadata({ grant_types: ['refresh_token'], response_types: ['code'] }), 'invalid_client_metadata'],
    ['an unknown subject type', metadata({ subject_type: 'secret' }), 'invalid_client_metadata'],
    ['pairwise subjects for two hosts', { redirect_uris: ['https://a.example/cb', 'https://b.example/cb'], subject_type: 'pairwise' }, 'invalid_client_metadata'],
    ['a software statement', metadata({ software_statement: 'e30.e30.c2ln' }), 'unapproved_software_statement'],
    ['a software statement that is none', metadata({ software_statement: { a: 1 } }), 'invalid_software_statement'],
    ['no object', '[]', 'invalid_client_metadata'],
    ['no JSON', '{', 'invalid_client_metadata'],
    ['null', 'null', 'invalid_client_metadata'],
  ])('refuses %s', async (_, body, error) => {
    const answer = await post(strict, body)
    const told = (await answer.json()) as { error: string; error_description: string }
    expect([answer.status, told.error, answer.headers.get('content-type')]).toEqual([400, error, 'application/json'])
    expect(told.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{5,400}$/)
    expect(strict.count('client')).toBe(0)
  })
  it('says what is wrong, in words that can be sent', async () => {
    const issuer = registering()
    const answer = await refused(issuer, 'client_metadata_invalid', () => post(issuer, { ...LEAST, token_endpoint_auth_method: '<b>"ä' }))
    expect([await answer.json(), answer.headers.get('x-content-type-options')]).toEqual([{ error: 'invalid_client_metadata', error_description: "token_endpoint_auth_method <b>'? is not supported" }, 'nosniff'])
    await refused(issuer, 'software_statement_unapproved', () => post(issuer, { ...LEAST, software_statement: 'e30.e30.c2ln' }))
    await refused(issuer, 'software_statement_malformed', () => post(issuer, { ...LEAST, software_statement: 1 }))
  })
  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonx']])('refuses a body of type %s', async (type) => {
    const issuer = registering()
    await expectError(await refused(issuer, 'json_expected', () => post(issuer, LEAST, undefined, { 'content-type': type })), 400, 'invalid_client_metadata')
  })
  it('refuses a body that is too large, other methods, and scripts', async () => {
    const issuer = registering()
    await expectError(await refused(issuer, 'body_too_large', () => post(issuer, { ...LEAST, client_name: 'x'.repeat(100_000) })), 413, 'invalid_request')
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) expect((await issuer.send(new Request(`${ISSUER}/register`, { method }))).status).toBe(405)
    expect((await post(issuer, LEAST, undefined, { origin: 'https://new.example' })).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('DISC, with registration', () => {
  const metadataOf = async (issuer: Issuer) => (await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as Record<string, unknown>

  it('DISC-4 offers what clients may register under profile oidc', async () => {
    expect(await metadataOf(registering({ profile: 'oidc' }, { clients: [] }))).toMatchObject({
      registration_endpoint: `${ISSUER}/register`,
      response_types_supported: ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'],
      grant_types_supported: expect.arrayContaining(['authorization_code', 'implicit', 'refresh_token']) as string[],
      subject_types_supported: ['public', 'pairwise'],
      claims_supported: expect.arrayContaining(['c_hash', 's_hash']) as string[],
    })
  })
  it('DISC-4 offers less under oauth21, and what is left of the operator\'s grant types', async () => {
    const metadata = await metadataOf(registering({}, { clients: [] }))
    expect([metadata.response_types_supported, metadata.grant_types_supported]).toEqual([['code'], expect.not.arrayContaining(['implicit'])])
    expect(await metadataOf(registering({ profile: 'oidc', grantTypes: ['authorization_code'] }, { clients: [] }))).toMatchObject({ response_types_supported: ['code'] })
  })
})

describe('what can not stand', () => {
  it.each<[string, object]>([
    ['registration.access', { access: 'everybody' }],
    ['registration.profile', { profile: 'legacy' }],
    ['registration.scopes', { scopes: ['nothing'] }],
    ['registration.grantTypes', { grantTypes: ['password'] }],
    ['registration.maxClients', { maxClients: 0 }],
    ['registration.unusedLifetime', { unusedLifetime: 1.5 }],
    ['registration.registrationsPerHour', { registrationsPerHour: -1 }],
  ])('%s of %j', (path, options) => {
    expect(() => registering(options)).toThrow(expect.objectContaining({ findings: [expect.objectContaining({ path })] }) as Error)
  })
})

describe('a registered client', () => {
  it('signs users in, and is kept from then on', async () => {
    const issuer = registering()
    const client = await registered(issuer, PUBLIC)
    const tokens = await signedInTo(client, issuer, { scope: 'openid email' })
    expect(claimsOf(tokens.id_token)).toMatchObject({ aud: client.client_id, sub: 'alice' })
    issuer.pass(10 * 86_400)
    await issuer.store.sweep(issuer.now(), 1_000)
    expect(await signedInTo(client, issuer)).toBeDefined()
  })
  it.each(['client_secret_basic', 'client_secret_post', 'client_secret_jwt'])('proves who it is by %s', async (token_endpoint_auth_method) => {
    const issuer = registering()
    const { client_id, client_secret = '' } = await registered(issuer, { ...LEAST, token_endpoint_auth_method })
    const code = await codeOf(browserFor(issuer), asking({ client_id, redirect_uri: 'https://new.example/cb' }))
    const body = redeeming(code, { client_id: undefined, redirect_uri: 'https://new.example/cb' })
    const send = {
      client_secret_basic: () => tokenRequest(body, basic(client_id, client_secret)),
      client_secret_post: () => tokenRequest({ ...body, client_id, client_secret }),
      client_secret_jwt: async () => tokenRequest({ ...body, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await assertion(client_id, client_secret) }),
    }[token_endpoint_auth_method]
    await tokensOf(await issuer.fetch((await send?.()) ?? tokenRequest('')))
    expect(issuer.stored()).not.toContain(client_secret)
  })
  it('asks for consent, naming itself by its escaped name', async () => {
    const issuer = registering()
    const { client_id } = await registered(issuer, { ...PUBLIC, client_name: '<script>alert(1)</script>' })
    const browser = browserFor(issuer)
    const login = await browser.open(authorizeUrl(asking({ client_id, redirect_uri: 'https://new.example/cb' })))
    const answer = await browser.submit(login, { username: 'alice' })
    const page = await pageOf(login.url, await browser.send(answer.headers.get('location') ?? ''))
    expect(page.url).toBeDefined()
    expect(page.text).toContain('&lt;script&gt;')
    expect(page.text).not.toContain('<script>alert')
  })
  it('is forgotten when it is never used, and its place is free again', async () => {
    const issuer = registering({ maxClients: 2, unusedLifetime: 100 })
    const first = await registered(issuer, PUBLIC)
    const second = await registered(issuer, PUBLIC)
    await expectError(await refused(issuer, 'registration_quota_reached', () => post(issuer, PUBLIC)), 429, 'temporarily_unavailable')
    await signedInTo(second, issuer)
    issuer.pass(110)
    await refused(issuer, 'registration_access_token_wrong', () => call(issuer, 'GET', first.registration_client_uri, first.registration_access_token))
    expect((await issuer.send(new Request(authorizeUrl(asking({ client_id: first.client_id, redirect_uri: 'https://new.example/cb' }))))).status).toBe(400)
    expect((await call(issuer, 'GET', second.registration_client_uri, second.registration_access_token)).status).toBe(200)
    await registered(issuer, PUBLIC)
    await refused(issuer, 'registration_quota_reached', () => post(issuer, PUBLIC))
    await call(issuer, 'DELETE', second.registration_client_uri, second.registration_access_token)
    await registered(issuer, PUBLIC)
  })
  it('G10 is one of so many in an hour, unless it was invited', async () => {
    const issuer = registering({ registrationsPerHour: 3 })
    const { initial_access_token } = await issuer.registration.invite({ uses: 1 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(issuer, LEAST)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, ...Array<number>(7).fill(429)])
    await expectError(await refused(issuer, 'registration_too_often', () => post(issuer, LEAST)), 429, 'temporarily_unavailable')
    await registered(issuer, LEAST, initial_access_token)
    issuer.pass(3_600)
    await registered(issuer, LEAST)
  })
  it('lets scripts of the one origin of its redirect URIs call, once it is public', async () => {
    const issuer = registering()
    const ask = async (origin: string) => {
      const sent = await issuer.fetch(new Request(`${ISSUER}/token`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }))
      return [sent.status, sent.headers.get('access-control-allow-origin')]
    }
    expect(await ask('https://new.example')).toEqual([204, null])
    await registered(issuer, LEAST)
    await registered(issuer, { ...PUBLIC, redirect_uris: ['https://new.example/cb', 'https://two.example/cb'] })
    expect(await ask('https://new.example')).toEqual([204, null])
    await registered(issuer, PUBLIC)
    expect(await ask('https://new.example')).toEqual([204, 'https://new.example'])
    expect(await ask('https://two.example')).toEqual([204, null])
    expect(await ask('null')).toEqual([204, null])
    const answer = await issuer.fetch(tokenRequest({}, { origin: 'https://new.example' }))
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-allow-credentials')]).toEqual(['https://new.example', null])
  })
})

describe('REG, the address of a registered client', () => {
  it('REG-6 tells what is registered', async () => {
    const issuer = registering()
    const client = await registered(issuer)
    issuer.pass(5)
    const answer = await call(issuer, 'GET', client.registration_client_uri, client.registration_access_token)
    expect([answer.status, answer.headers.get('cache-control'), await answer.json()]).toEqual([200, 'no-store', client])
  })
  it('takes other metadata in the place of all that was there', async () => {
    const issuer = registering()
    const client = await registered(issuer, { ...LEAST, client_name: 'Old', client_uri: 'https://new.example/' })
    const { client_id, client_secret, registration_client_uri: uri, registration_access_token: token } = client
    const answer = await call(issuer, 'PUT', uri, token, { client_id, client_secret, redirect_uris: ['https://new.example/other'], client_name: 'New' })
    const { client_uri: _, ...rest } = client as Information & { client_uri: string }
    expect([answer.status, await answer.json()]).toEqual([200, { ...rest, redirect_uris: ['https://new.example/other'], client_name: 'New' }])
    const open = (redirect_uri: string) => issuer.send(new Request(authorizeUrl(asking({ client_id, redirect_uri }))))
    expect([(await open('https://new.example/cb')).status, (await open('https://new.example/other')).status]).toEqual([400, 303])
    const bare = await call(issuer, 'PUT', uri, token, { client_id, ...PUBLIC })
    expect(await bare.json()).not.toHaveProperty('client_secret')
  })
  it.each<[string, object, RefusalKey]>([
    ['without its client_id', LEAST, 'client_metadata_invalid'],
    ['with the client_id of another', { ...LEAST, client_id: 'web' }, 'client_metadata_invalid'],
    ['with another secret', { ...LEAST, client_id: 'OWN', client_secret: 'another' }, 'client_metadata_invalid'],
    ['with a redirect URI that can not be', { client_id: 'OWN', redirect_uris: ['javascript:alert(1)'] }, 'client_redirect_uri_invalid'],
  ])('refuses a replacement %s', async (_, body, key) => {
    const issuer = registering()
    const { client_id, registration_client_uri: uri, registration_access_token: token } = await registered(issuer)
    const sent = 'client_id' in body && body.client_id === 'OWN' ? { ...body, client_id } : body
    expect((await refused(issuer, key, () => call(issuer, 'PUT', uri, token, sent))).status).toBe(400)
  })
  it('G07 answers 401 to whoever has no token, another client\'s, or one of a client that is gone', async () => {
    const issuer = registering()
    const [own, other] = [await registered(issuer), await registered(issuer)]
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const body = method === 'PUT' ? { client_id: own.client_id, ...LEAST } : undefined
      for (const [token, key] of [[undefined, 'registration_access_token_missing'], ['', 'registration_access_token_wrong'], [other.registration_access_token, 'registration_access_token_wrong'], ['x'.repeat(43), 'registration_access_token_wrong']] as const) {
        expect((await refused(issuer, key, () => call(issuer, method, own.registration_client_uri, token, body))).status).toBe(401)
      }
      const unknown = await refused(issuer, 'registration_access_token_wrong', () => call(issuer, method, `${ISSUER}/register/web`, own.registration_access_token, body))
      expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token", error_description="The registration access token is not valid."'])
    }
    expect((await call(issuer, 'DELETE', own.registration_client_uri, own.registration_access_token)).status).toBe(204)
    expect((await call(issuer, 'GET', own.registration_client_uri, own.registration_access_token)).status).toBe(401)
    expect((await call(issuer, 'GET', other.registration_client_uri, other.registration_access_token)).status).toBe(200)
  })
  it.each([['/register/'], ['/register/a/b'], ['/register/a.b'], ['/register/%61'], ['/register/../register/a']])('is not %s', async (path) => {
    const issuer = registering()
    const { status } = await issuer.send(new Request(`${ISSUER}${path}`))
    expect(status).toBe(path.includes('..') ? 401 : 404)
  })
  it('G07 REG-6 DELETE ends the client and all that it holds', async () => {
    const issuer = registering()
    const client = await registered(issuer, PUBLIC)
    const tokens = await signedInTo(client, issuer, { scope: 'openid offline_access', prompt: 'consent' })
    expect(await isAlive(issuer, tokens.access_token)).toBe(true)
    const answer = await call(issuer, 'DELETE', client.registration_client_uri, client.registration_access_token)
    expect([answer.status, answer.body]).toEqual([204, null])
    expect(await isAlive(issuer, tokens.access_token)).toBe(false)
    await expectError(await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token, { client_id: client.client_id }))), 401, 'invalid_client')
    expect([issuer.count('client'), issuer.count('consent')]).toEqual([0, 0])
    expect(issuer.stored()).toMatch(new RegExp(`"client_id":"${client.client_id}"[^}]*"revokedAt"`))
  })
})

/** An assertion of a client about itself, signed with its secret. */
async function assertion(client_id: string, secret: string): Promise<string> {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256' })}.${encode({ iss: client_id, sub: client_id, aud: ISSUER, exp: START + 60, jti: 'once' })}`
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return `${input}.${Buffer.from(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input))).toString('base64url')}`
}
