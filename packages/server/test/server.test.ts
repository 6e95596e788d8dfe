import { type Grant, REFUSALS, type RefusalRule } from '@latchkey/core'
import { ConfigurationError, createAuthorizationServer, type AuthorizationServerOptions, type Event, type Keys, storedKeys, type Store, VaultError } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { API, CLIENTS, ENCRYPTION_KEY, ISSUER, type Issuer, refused, testIssuer } from './issuer.ts'
import { expectError, redeeming, refreshing, SERVICE, signedIn, tokenRequest, tokensOf, userinfoRequest } from './tokens.ts'

const read = async (issuer: Issuer, path: string, init: RequestInit = {}) => issuer.fetch(new Request(`${ISSUER}${path}`, init))

const SIGNED_BY_CLIENTS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512', 'Ed25519', 'HS256', 'HS384', 'HS512']

describe('DISC, W, what a server says of itself', () => {
  const METADATA = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    pushed_authorization_request_endpoint: `${ISSUER}/par`,
    token_endpoint: `${ISSUER}/token`,
    userinfo_endpoint: `${ISSUER}/userinfo`,
    jwks_uri: `${ISSUER}/jwks`,
    device_authorization_endpoint: `${ISSUER}/device_authorization`,
    revocation_endpoint: `${ISSUER}/revoke`,
    introspection_endpoint: `${ISSUER}/introspect`,
    scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'api', 'reports', 'admin'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
    revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS,
    revocation_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS,
    introspection_endpoint_auth_signing_alg_values_supported: SIGNED_BY_CLIENTS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    id_token_encryption_alg_values_supported: ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
    id_token_encryption_enc_values_supported: ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'],
    userinfo_signing_alg_values_supported: ['ES256', 'RS256'],
    userinfo_encryption_alg_values_supported: ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
    userinfo_encryption_enc_values_supported: ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'],
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    request_object_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512', 'Ed25519'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    end_session_endpoint: 'https://as.example/end_session',
    check_session_iframe: 'https://as.example/check_session',
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  }

  it('W07 DISC-1 DISC-2 DISC-3 DISC-5 at both well-known addresses', async () => {
    const issuer = testIssuer()
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const answer = await read(issuer, path)
      const { claims_supported, ...metadata } = (await answer.json()) as Record<string, unknown>
      expect([answer.status, Object.fromEntries(answer.headers), metadata]).toEqual([200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }, METADATA])
      expect(claims_supported).toEqual(expect.arrayContaining(['sub', 'iss', 'auth_time', 'name', 'email', 'phone_number', 'address']))
      expect(new Set(claims_supported as string[]).size).toBe((claims_supported as string[]).length)
    }
  })
  it('W01 by no header and no address of a request', async () => {
    const issuer = testIssuer()
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example;proto=http' }
    const answer = await issuer.fetch(new Request('http://evil.example/.well-known/openid-configuration', { headers }))
    expect(await answer.json()).toMatchObject(METADATA)
    const login = await issuer.fetch(new Request(authorizeUrl(asking()).replace(ISSUER, 'http://evil.example'), { headers }))
    expect([login.headers.get('location'), login.headers.get('set-cookie')]).toEqual([expect.stringMatching(/^https:\/\/as\.example\/login\?/), expect.stringMatching(/^__Host-.*Secure/)])
  })
  it('W02 KEYS-1 public keys only', async () => {
    const answer = await read(testIssuer(), '/jwks')
    const { keys } = (await answer.json()) as { keys: Record<string, string>[] }
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
      ['alg', 'e', 'kid', 'kty', 'n', 'use'],
    ])
    expect(keys.map(({ kty, alg, use, crv }) => [kty, alg, use, crv])).toEqual([['EC', 'ES256', 'sig', 'P-256'], ['RSA', 'RS256', 'sig', undefined]])
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2)
    expect(keys[1]?.n?.length).toBeGreaterThanOrEqual(342)
  })
  it('KEYS-3 every token names its key', async () => {
    const issuer = testIssuer()
    const { keys } = (await (await read(issuer, '/jwks')).json()) as { keys: { kid: string; alg: string }[] }
    const { access_token, id_token } = await signedIn(issuer)
    const headerOf = (jwt: string): unknown => JSON.parse(atob((jwt.split('.')[0] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    expect([headerOf(access_token), headerOf(id_token)]).toEqual([{ alg: 'ES256', kid: keys[0]?.kid, typ: 'at+jwt' }, { alg: 'RS256', kid: keys[1]?.kid, typ: 'JWT' }])
  })
  it('answers HEAD without a body', async () => {
    const issuer = testIssuer()
    for (const path of ['/.well-known/openid-configuration', '/jwks']) {
      const answer = await read(issuer, path, { method: 'HEAD' })
      expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([200, 'application/json', null])
    }
  })
  it('W06 at no other spelling of an address', async () => {
    const issuer = testIssuer()
    const paths = ['/', '/authorize;x=1', '//authorize', '/authorize/', '/AUTHORIZE', '/authoriz%65', '/authorize%2f', '/.well-known/../admin', '/.well-known/openid-configuration/', '/jwks.json', '/toString', '/__proto__']
    for (const path of paths) {
      for (const method of ['GET', 'PUT', 'OPTIONS']) await expectError(await refused(issuer, 'endpoint_unknown', () => read(issuer, path, { method })), 404, 'invalid_request', { allow: null })
    }
  })
  it('W07 A23 with nothing that is not offered', async () => {
    const issuer = testIssuer()
    const metadata = (await (await read(issuer, '/.well-known/openid-configuration')).json()) as object
    expect(Object.keys(metadata)).not.toContain('registration_endpoint')
    await expectError(await refused(issuer, 'endpoint_unknown', () => read(issuer, '/register', { method: 'POST' })), 404, 'invalid_request')
  })
  it('DISC-1 below the path of an issuer', async () => {
    const at = 'https://as.example/tenant/one'
    const issuer = testIssuer({ issuer: at })
    for (const url of [`${at}/.well-known/openid-configuration`, 'https://as.example/.well-known/oauth-authorization-server/tenant/one']) {
      expect(await (await issuer.fetch(new Request(url))).json()).toMatchObject({ issuer: at, authorization_endpoint: `${at}/authorize`, token_endpoint: `${at}/token`, userinfo_endpoint: `${at}/userinfo`, jwks_uri: `${at}/jwks` })
    }
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) expect((await read(issuer, path)).status).toBe(404)
    const answer = await browserFor(issuer).authorize(asking())
    expect([returned(answer).iss, answer.status]).toEqual([at, 303])
  })
  it('on a loopback address without https its cookies go without the prefix', async () => {
    const issuer = testIssuer({ issuer: 'http://localhost:3000' })
    const answer = await issuer.fetch(new Request(authorizeUrl(asking(), '', 'http://localhost:3000')))
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^latchkey-[\w-]{8}-browser=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/)])
  })
})

function isRowAt(value: unknown, key: string): value is { sealed: string } {
  return typeof value === 'object' && value !== null && 'key' in value && value.key === key && 'sealed' in value
}

describe('W, keys', () => {
  it('W04 two servers that start on one empty store have the same keys', async () => {
    for (let round = 0; round < 5; round++) {
      const store = memoryStore()
      const nodes = Array.from({ length: 4 }, () => testIssuer({ store, algorithms: ['ES256'] }))
      const published = await Promise.all(nodes.map(async (node) => (await read(node, '/jwks')).text()))
      expect(new Set(published).size).toBe(1)
      const [one, other] = nodes
      if (one === undefined || other === undefined) throw new Error('two nodes')
      const { access_token, refresh_token } = await signedIn(one)
      expect((await other.fetch(userinfoRequest(access_token))).status).toBe(200)
      await tokensOf(await other.fetch(tokenRequest(refreshing(refresh_token))))
    }
  })
  it('W05 with another encryption key refuses to start, and replaces nothing', async () => {
    const issuer = testIssuer()
    await issuer.ready()
    const before = issuer.stored()
    const wrong = testIssuer({ store: issuer.store, encryptionKey: 'another encryption key, of 32 letters' })
    await expect(wrong.ready()).rejects.toThrow(VaultError)
    await expect(wrong.ready()).rejects.toThrow('the keys in the store can not be read with the configured encryption key: it is another one, or the store is damaged')
    for (const act of [() => wrong.fetch(tokenRequest({})), () => wrong.send(new Request(`${ISSUER}/login`))]) {
      const answer = await act()
      expect(answer.headers.get('retry-after')).toBe('2')
      expect(wrong.events.at(-1)).toMatchObject({ trace: answer.headers.get('trace-id') })
      await expectError(answer, 503, 'temporarily_unavailable')
      expect(wrong.events.slice(-2)).toMatchObject([{ event: 'fault', fault: expect.any(VaultError) as unknown }, { event: 'refused', key: 'temporarily_unavailable' }])
    }
    expect(issuer.stored()).toBe(before)
    await signedIn(issuer)
  })
  it('W05 with damaged keys refuses to start, and replaces nothing', async () => {
    const issuer = testIssuer()
    await issuer.ready()
    for (const name of ['seal/1', 'derive/1', 'sig/ES256/1']) {
      const damaged: Store = {
        ...issuer.store,
        async gather(needs) {
          const spoilt = (_: string, value: unknown): unknown => (isRowAt(value, name) ? { ...value, sealed: `${value.sealed.slice(0, -4)}AAAA` } : value)
          return JSON.parse(JSON.stringify(await issuer.store.gather(needs), spoilt)) as Awaited<ReturnType<typeof issuer.store.gather<typeof needs>>>
        },
      }
      await expect(storedKeys(damaged, { encryptionKey: ENCRYPTION_KEY })).rejects.toThrow(VaultError)
    }
    expect(issuer.count('key')).toBe(4)
  })
  it('starts later when the store was away at first', async () => {
    const inner = memoryStore()
    let isAway = true
    const store: Store = { ...inner, gather: (needs) => (isAway ? Promise.reject(new Error('ECONNREFUSED')) : inner.gather(needs)) }
    const issuer = testIssuer({ store })
    expect((await issuer.fetch(tokenRequest({}))).status).toBe(503)
    isAway = false
    await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'client_credentials' }, SERVICE)))
  })
})

describe('createAuthorizationServer', () => {
  const fit: AuthorizationServerOptions = { issuer: ISSUER, clients: [], store: memoryStore(), users: { find: () => undefined }, encryptionKey: ENCRYPTION_KEY }
  function refusalOf(options: Partial<AuthorizationServerOptions>): ConfigurationError | undefined {
    try {
      createAuthorizationServer({ ...fit, ...options })
      return undefined
    } catch (thrown) {
      if (thrown instanceof ConfigurationError) return thrown
      throw thrown
    }
  }
  const grant = (grant_type: string): Grant => ({ grant_type, begin: () => { throw new Error('never asked') } })
  const web = { client_id: 'web', client_secret: 'x'.repeat(32), redirect_uris: ['https://rp.example/cb'] }

  it.each<[string, Partial<AuthorizationServerOptions>, readonly string[]]>([
    ['nothing wrong', { clients: [web] }, []],
    ['a loopback issuer', { issuer: 'http://127.0.0.1:3000' }, []],
    ['an insecure issuer that is allowed', { issuer: 'http://as.example', allowInsecureIssuer: true }, []],
    ['an insecure issuer', { issuer: 'http://as.example' }, ['issuer']],
    ['an issuer with a trailing slash', { issuer: 'https://as.example/' }, ['issuer']],
    ['an issuer with a query', { issuer: 'https://as.example?a' }, ['issuer']],
    ['an issuer with a fragment', { issuer: 'https://as.example#a' }, ['issuer']],
    ['an issuer with user information', { issuer: 'https://a@as.example' }, ['issuer']],
    ['an issuer in capitals', { issuer: 'https://AS.example' }, ['issuer']],
    ['an issuer with the default port', { issuer: 'https://as.example:443' }, ['issuer']],
    ['an issuer with an impossible port', { issuer: 'https://as.example:99999' }, ['issuer']],
    ['an issuer with dots in its path', { issuer: 'https://as.example/a/../b' }, ['issuer']],
    ['an issuer with a backslash', { issuer: 'https://as.example\\evil' }, ['issuer']],
    ['no issuer', { issuer: '' }, ['issuer']],
    ['a short encryption key', { encryptionKey: 'short' }, ['encryptionKey']],
    ['no algorithm', { algorithms: [] }, ['algorithms']],
    ['a foreign algorithm', { algorithms: ['HS256' as 'ES256'] }, ['algorithms']],
    ['a session without end', { sessionLifetime: Number.POSITIVE_INFINITY }, ['sessionLifetime']],
    ['a session of no time', { sessionLifetime: 0 }, ['sessionLifetime']],
    ['a session longer than any cookie', { sessionLifetime: 34_560_001 }, ['sessionLifetime']],
    ['a scope with a space', { scopes: [{ name: 'a b' }] }, ['scopes[0].name']],
    ['a resource that is no URI', { resources: [{ resource: 'api', scopes: ['api'] }] }, ['resources[0].resource']],
    ['a resource with a fragment', { resources: [{ resource: `${API}#x`, scopes: ['api'] }] }, ['resources[0].resource']],
    ['a resource twice', { resources: [{ resource: API, scopes: ['api'] }, { resource: API, scopes: ['"'] }] }, ['resources[1].resource', 'resources[1].scopes']],
    ['the issuer as a resource', { resources: [{ resource: ISSUER, scopes: ['api'] }] }, ['resources[0].resource']],
    ['a grant twice', { grants: [grant('refresh_token')] }, ['grants']],
    ['a client twice', { clients: [web, web] }, ['clients[1].client_id']],
    ['keys that end before the tokens that they signed', { rotation: { retireAfter: 3_600 }, clients: [web] }, ['rotation.retireAfter']],
    ['the same beside short tokens', { rotation: { retireAfter: 3_600 }, clients: [{ ...web, policy: { accessTokenLifetime: 600 } }] }, []],
    ['keys that are announced for too long', { rotation: { rotateAfter: 600, announceFor: 600 } }, ['rotation.announceFor']],
    ['a rotation of keys that are kept elsewhere', { rotation: { retireAfter: 1 }, keys: { algorithms: ['ES256', 'RS256'] } as unknown as Keys }, []],
    ['an algorithm without a key', { clients: [{ ...web, id_token_signed_response_alg: 'PS256' }] }, ['clients[0].id_token_signed_response_alg']],
    ['everything at once', { issuer: 'x', encryptionKey: '', sessionLifetime: -1, grants: [grant('refresh_token')], clients: [{ ...web, redirect_uris: ['http://rp.example/cb#x'], client_secret: 'short' }, web, { ...web, scope: 'nosuch' }] }, ['issuer', 'encryptionKey', 'sessionLifetime', 'clients[0].client_secret', 'clients[0].redirect_uris[0]', 'clients[2].scope', 'grants']],
  ])('%s', (_, options, paths) => {
    const { findings = [], message = '' } = refusalOf(options) ?? {}
    expect(findings.map(({ path }) => path)).toEqual(paths)
    expect(message).toBe(findings.map(({ path, reason, remedy }) => `${path}: ${reason}; ${remedy}`).join('\n'))
  })
  it('tells no secret', () => {
    const secret = 'too-short-secret'
    const create = () => createAuthorizationServer({ ...fit, clients: [{ ...web, client_secret: secret }] })
    expect(create).toThrow('clients[0].client_secret: is shorter')
    expect(create).not.toThrow(secret)
  })
})

describe('what is told', () => {
  it('ERR-1 ERR-2 in the characters of error_description', () => {
    for (const { caller } of Object.values<RefusalRule>(REFUSALS)) expect(caller).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })
  it('T18 never repeats a secret, a code or a token, to the caller or the operator', async () => {
    const issuer = testIssuer()
    const browser = browserFor(issuer)
    const tokens = await signedIn(issuer, {}, browser)
    const code = await codeOf(browser)
    const secrets = [code, tokens.access_token, tokens.refresh_token, tokens.id_token, 'guessed-secret', 'guessed-verifier-guessed-verifier-guessed-ver', ...browser.cookies.values()]
    const answers = [
      ...[redeeming(code, { code_verifier: 'guessed-verifier-guessed-verifier-guessed-ver' }), redeeming(code, { client_id: 'post', client_secret: 'guessed-secret' }), redeeming(code, { code: `${code}x` })],
      ...[refreshing(tokens.refresh_token, { client_id: 'strict' }), refreshing(`${tokens.refresh_token}x`), { grant_type: code, client_id: 'spa' }, { client_id: tokens.refresh_token }],
    ].map((body) => issuer.fetch(tokenRequest(body)))
    const userinfo = [`${tokens.access_token}x`, tokens.id_token, tokens.refresh_token].map((text) => issuer.fetch(userinfoRequest(text)))
    for (const answer of await Promise.all([...answers, ...userinfo])) {
      const told = `${JSON.stringify([...answer.headers])}${await answer.text()}`
      expect(answer.status).toBeGreaterThanOrEqual(400)
      for (const secret of secrets) expect(told).not.toContain(secret)
      expect(told).not.toMatch(/\.ts:|\n\s+at |select |insert /i)
    }
    const operator = JSON.stringify(issuer.events satisfies readonly Event[])
    for (const secret of secrets) expect(operator + issuer.stored()).not.toContain(secret)
  })
  it('T11 repeats no long name of a parameter to the operator', async () => {
    const issuer = testIssuer()
    const name = 'n'.repeat(1_000)
    await expectError(await refused(issuer, 'parameter_repeated', () => issuer.fetch(tokenRequest(`${name}=1&${name}=2`))), 400, 'invalid_request')
    expect(JSON.stringify(issuer.events).length).toBeLessThan(500)
  })
  it('POL-1 has a test client for every method', () => {
    expect(new Set(CLIENTS.map((client) => client.token_endpoint_auth_method ?? 'client_secret_basic'))).toEqual(new Set(['none', 'client_secret_basic', 'client_secret_post']))
  })
})
