import type { ClientMetadata } from '@latchkey/core'
import { ConfigurationError, type Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { askingWeb, browserFor, codeOf } from './browser.ts'
import { API, CLIENTS, ISSUER, type Issuer, refused, REPORTS, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, BASIC_CHALLENGE, claimsOf, EVIL, expectError, isAlive, redeemingWeb, refreshing, SERVICE, signedIn, signedInToWeb, tokenRequest, tokensOf, userinfoRequest, WEB } from './tokens.ts'

type Body = Readonly<Record<string, string>> | string

/** A form posted to an endpoint, with these headers. */
function posting(endpoint: 'introspect' | 'revoke', body: Body, headers: Record<string, string> = {}): Request {
  return new Request(`${ISSUER}/${endpoint}`, { method: 'POST', body: new URLSearchParams(body).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } })
}

const operator = (client_id: string): ClientMetadata => ({ client_id, client_secret: WEB_SECRET, grant_types: [] })
const APIS: readonly ClientMetadata[] = ['api-1', 'reports-1'].map(operator)
const API_ONE = basic('api-1', WEB_SECRET)
const REPORTS_ONE = basic('reports-1', WEB_SECRET)
const RESOURCES = [
  { resource: API, scopes: ['api'], operatedBy: ['api-1'] },
  { resource: REPORTS, scopes: ['reports'], access_token_format: 'opaque', operatedBy: ['reports-1'] },
] as const

function issuerWithApis(store: Store = memoryStore()): Issuer {
  return testIssuer({ store, clients: [...CLIENTS, ...APIS], resources: RESOURCES, algorithms: ['ES256'] })
}

/** What introspection answers, whose answer is one that nobody keeps. */
async function told(issuer: Issuer, token: string, headers: Record<string, string>, hint?: string): Promise<Record<string, unknown>> {
  const answer = await issuer.fetch(posting('introspect', { token, ...(hint === undefined ? {} : { token_type_hint: hint }) }, headers))
  expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-type')]).toEqual([200, 'no-store', 'application/json'])
  return (await answer.json()) as Record<string, unknown>
}
const INACTIVE = { active: false }

/** Revokes, and expects that it is done. */
async function revoke(issuer: Issuer, token: string, headers: Record<string, string>, hint?: string): Promise<void> {
  const answer = await issuer.fetch(posting('revoke', { token, ...(hint === undefined ? {} : { token_type_hint: hint }) }, headers))
  expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([200, 'no-store', ''])
}
const revokeOwn = (issuer: Issuer, token: string): Promise<Response> => issuer.fetch(posting('revoke', { token, client_id: 'spa' }))
const refreshWeb = (issuer: Issuer, refresh_token: string): Promise<Response> => issuer.fetch(tokenRequest(refreshing(refresh_token, { client_id: undefined }), WEB))

describe('introspection', () => {
  it('I01 is refused without authentication, and by any method but POST', async () => {
    const issuer = issuerWithApis()
    const { access_token } = await signedIn(issuer)
    await expectError(await refused(issuer, 'client_missing', () => issuer.fetch(posting('introspect', { token: access_token }))), 401, 'invalid_client')
    await expectError(await refused(issuer, 'client_secret_wrong', () => issuer.fetch(posting('introspect', { token: access_token }, basic('web', 'x'.repeat(40))))), 401, 'invalid_client', BASIC_CHALLENGE)
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const answer = await refused(issuer, 'method_not_allowed', () => issuer.fetch(new Request(`${ISSUER}/introspect`, { method, headers: WEB })))
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })
  it('I01 is refused to a public client, of its own token too', async () => {
    const issuer = issuerWithApis()
    const { access_token } = await signedIn(issuer)
    await expectError(await refused(issuer, 'client_authentication_method_mismatch', () => issuer.fetch(posting('introspect', { token: access_token, client_id: 'spa' }))), 401, 'invalid_client')
  })
  it('is refused without a token, with two, and with one in the URL', async () => {
    const issuer = issuerWithApis()
    const { access_token } = await signedInToWeb(issuer)
    for (const endpoint of ['introspect', 'revoke'] as const) {
      await expectError(await refused(issuer, 'parameter_missing', () => issuer.fetch(posting(endpoint, {}, WEB))), 400, 'invalid_request')
      await expectError(await refused(issuer, 'parameter_repeated', () => issuer.fetch(posting(endpoint, `token=${access_token}&token=x`, WEB))), 400, 'invalid_request')
      const inUrl = new Request(`${ISSUER}/${endpoint}?token=${access_token}`, posting(endpoint, {}, WEB))
      await expectError(await refused(issuer, 'parameters_in_query', () => issuer.fetch(inUrl)), 400, 'invalid_request')
    }
    expect(await isAlive(issuer, access_token)).toBe(true)
  })
  it('tells a client everything about its own tokens', async () => {
    const issuer = issuerWithApis()
    const { access_token, refresh_token } = await signedInToWeb(issuer)
    const claims = claimsOf(access_token)
    expect(await told(issuer, access_token, WEB)).toEqual({ active: true, token_type: 'Bearer', ...claims })
    expect(claims).toMatchObject({ sub: 'alice', client_id: 'web', aud: [ISSUER, API], scope: 'openid email offline_access api', exp: issuer.now() + 3_600 })
    expect(await told(issuer, refresh_token, WEB)).toEqual({ active: true, client_id: 'web', sub: 'alice', scope: 'openid email offline_access api', iat: issuer.now(), exp: issuer.now() + 1_296_000 })
  })
  it('I08 tells each resource its part of one token, whoever asked before', async () => {
    const issuer = issuerWithApis()
    const code = await codeOf(browserFor(issuer), askingWeb({ scope: 'openid api reports' }))
    const { access_token } = await tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
    expect(access_token).toMatch(/^[\w-]{43}$/)
    for (const headers of [API_ONE, REPORTS_ONE, WEB, REPORTS_ONE, API_ONE]) {
      const { scope, aud, active, sub, client_id } = await told(issuer, access_token, headers)
      const part = headers === WEB ? { scope: 'openid api reports', aud: [ISSUER, API, REPORTS] } : headers === API_ONE ? { scope: 'api', aud: API } : { scope: 'reports', aud: REPORTS }
      expect({ scope, aud, active, sub, client_id }).toEqual({ ...part, active: true, sub: 'alice', client_id: 'web' })
    }
    expect(await told(issuer, access_token, EVIL)).toEqual(INACTIVE)
  })
  it('I02 tells of a token for another resource, of garbage and of other tokens only that they are not active', async () => {
    const issuer = issuerWithApis()
    const own = await signedInToWeb(issuer)
    const code = await codeOf(browserFor(issuer), askingWeb())
    expect(await told(issuer, own.access_token, REPORTS_ONE)).toEqual(INACTIVE)
    expect(await told(issuer, own.access_token, EVIL)).toEqual(INACTIVE)
    expect(await told(issuer, own.refresh_token, EVIL)).toEqual(INACTIVE)
    expect(await told(issuer, own.refresh_token, API_ONE)).toEqual(INACTIVE)
    const machine = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, SERVICE)))
    expect(await told(issuer, machine.access_token, API_ONE)).toMatchObject({ active: true, sub: 'service', client_id: 'service', aud: API })
    expect(await told(issuer, machine.access_token, WEB)).toEqual(INACTIVE)
    for (const text of ['garbage', 'a.b.c', '..', own.id_token, code, 'x'.repeat(60_000), `${own.access_token}x`, own.access_token.slice(0, -1), `${own.refresh_token}A`, '\u0000', 'ü']) {
      expect(await told(issuer, text, WEB), text.slice(0, 20)).toEqual(INACTIVE)
    }
    expect((await issuer.fetch(tokenRequest(redeemingWeb(code), WEB))).status).toBe(200)
  })
  it('I02 tells of an expired and of a revoked token only that it is not active', async () => {
    const issuer = issuerWithApis()
    const first = await signedInToWeb(issuer)
    const second = await signedInToWeb(issuer)
    await revoke(issuer, first.access_token, WEB)
    for (const headers of [WEB, API_ONE]) {
      expect(await told(issuer, first.access_token, headers)).toEqual(INACTIVE)
      expect(await told(issuer, second.access_token, headers)).toMatchObject({ active: true })
    }
    issuer.pass(3_600)
    expect(await told(issuer, second.access_token, WEB)).toEqual(INACTIVE)
    expect(await told(issuer, second.refresh_token, WEB)).toMatchObject({ active: true })
  })
  it('U02 a token of a client or a user that is gone is not active any more', async () => {
    const store = memoryStore()
    const issuer = issuerWithApis(store)
    const { access_token } = await signedInToWeb(issuer)
    const without = testIssuer({ store, clients: [...CLIENTS.filter(({ client_id }) => client_id !== 'web'), ...APIS], resources: RESOURCES, algorithms: ['ES256'] })
    expect(await told(without, access_token, API_ONE)).toEqual(INACTIVE)
    await refused(without, 'access_token_unknown', () => without.fetch(userinfoRequest(access_token)))
    expect(await told(issuer, access_token, API_ONE)).toMatchObject({ active: true })
    issuer.accounts.delete('alice')
    expect(await told(issuer, access_token, API_ONE)).toEqual(INACTIVE)
    expect(await told(issuer, access_token, WEB)).toEqual(INACTIVE)
  })
  it('I03 finds a token by a wrong hint, and passes over a hint that it does not know', async () => {
    const issuer = issuerWithApis()
    const { access_token, refresh_token } = await signedInToWeb(issuer)
    for (const token of [access_token, refresh_token]) {
      for (const hint of ['access_token', 'refresh_token', 'nosuch', 'id_token', '']) expect(await told(issuer, token, WEB, hint)).toMatchObject({ active: true, sub: 'alice' })
    }
  })
  it('is answered by discovery, with the methods of both endpoints', async () => {
    const answer = await issuerWithApis().fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))
    expect(await answer.json()).toMatchObject({
      introspection_endpoint: `${ISSUER}/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
      revocation_endpoint: `${ISSUER}/revoke`,
      revocation_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_basic', 'client_secret_post', 'none']),
    })
  })
})

describe('revocation', () => {
  it('I04 of a token that nobody knows is done, and changes nothing', async () => {
    const issuer = issuerWithApis()
    const { refresh_token, id_token } = await signedInToWeb(issuer)
    const before = issuer.stored()
    for (const token of ['garbage', 'a.b.c', id_token, `${refresh_token.slice(0, -3)}AAA`, `${refresh_token}A`]) await revoke(issuer, token, WEB)
    expect(issuer.stored()).toBe(before)
    await tokensOf(await refreshWeb(issuer, refresh_token))
  })
  it('I05 of the tokens of another client is refused, and they still work', async () => {
    const issuer = issuerWithApis()
    const { access_token, refresh_token } = await signedInToWeb(issuer)
    for (const token of [access_token, refresh_token]) {
      await expectError(await refused(issuer, 'token_of_another_client', () => issuer.fetch(posting('revoke', { token }, EVIL))), 400, 'unauthorized_client')
      await expectError(await refused(issuer, 'token_of_another_client', () => revokeOwn(issuer, token)), 400, 'unauthorized_client')
    }
    expect(await isAlive(issuer, access_token)).toBe(true)
    await tokensOf(await refreshWeb(issuer, refresh_token))
  })
  it('is refused without authentication and by GET', async () => {
    const issuer = issuerWithApis()
    const { refresh_token } = await signedInToWeb(issuer)
    await expectError(await refused(issuer, 'client_missing', () => issuer.fetch(posting('revoke', { token: refresh_token }))), 401, 'invalid_client')
    await expectError(await refused(issuer, 'client_authentication_method_mismatch', () => issuer.fetch(posting('revoke', { token: refresh_token, client_id: 'web' }))), 401, 'invalid_client')
    const answer = await refused(issuer, 'method_not_allowed', () => issuer.fetch(new Request(`${ISSUER}/revoke`)))
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    await tokensOf(await refreshWeb(issuer, refresh_token))
  })
  it('is open to a public client for its own tokens, also from a script', async () => {
    const issuer = issuerWithApis()
    const { access_token, refresh_token } = await signedIn(issuer)
    const answer = await issuer.fetch(posting('revoke', { token: refresh_token, client_id: 'spa' }, { origin: 'https://spa.example' }))
    expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('cache-control')]).toEqual([200, 'https://spa.example', 'no-store'])
    expect(await isAlive(issuer, access_token)).toBe(false)
    await expectError(await refused(issuer, 'authorization_revoked', () => issuer.fetch(tokenRequest(refreshing(refresh_token)))), 400, 'invalid_grant')
    const foreign = await issuer.fetch(posting('revoke', { token: refresh_token, client_id: 'spa' }, { origin: 'https://evil.example' }))
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })
  it.each(['refresh_token', 'access_token', 'nosuch', undefined])('I03 of a refresh token ends all that descends from it, with the hint %s', async (hint) => {
    const issuer = issuerWithApis()
    const first = await signedInToWeb(issuer, { scope: 'openid offline_access api reports' })
    const second = await tokensOf(await refreshWeb(issuer, first.refresh_token))
    const narrow = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token, { client_id: undefined, scope: 'api' }), WEB)))
    const other = await signedInToWeb(issuer)
    await revoke(issuer, first.refresh_token, WEB, hint)
    for (const { access_token } of [first, second, narrow]) expect([await told(issuer, access_token, WEB), await told(issuer, access_token, API_ONE)]).toEqual([INACTIVE, INACTIVE])
    expect([await isAlive(issuer, first.access_token), await isAlive(issuer, other.access_token)]).toEqual([false, true])
    expect(await told(issuer, first.refresh_token, WEB)).toEqual(INACTIVE)
    await expectError(await refused(issuer, 'authorization_revoked', () => refreshWeb(issuer, first.refresh_token)), 400, 'invalid_grant')
    await revoke(issuer, first.refresh_token, WEB, hint)
    await tokensOf(await refreshWeb(issuer, other.refresh_token))
  })
  it('of a refresh token that was replaced ends its successors', async () => {
    const issuer = issuerWithApis()
    const first = await signedIn(issuer)
    const second = await tokensOf(await issuer.fetch(tokenRequest(refreshing(first.refresh_token))))
    expect((await revokeOwn(issuer, first.refresh_token)).status).toBe(200)
    await expectError(await refused(issuer, 'authorization_revoked', () => issuer.fetch(tokenRequest(refreshing(second.refresh_token)))), 400, 'invalid_grant')
    expect(await isAlive(issuer, second.access_token)).toBe(false)
  })
  it.each([
    ['a JWT', 'openid offline_access api', undefined],
    ['a JWT', 'openid offline_access api', 'refresh_token'],
    ['a reference', 'openid offline_access reports', undefined],
    ['a reference', 'openid offline_access reports', 'refresh_token'],
  ])('I03 of an access token, %s for %s, ends that token alone, with the hint %s', async (_, scope, hint) => {
    const issuer = issuerWithApis()
    const first = await signedInToWeb(issuer, { scope })
    const second = await tokensOf(await refreshWeb(issuer, first.refresh_token))
    await revoke(issuer, first.access_token, WEB, hint)
    expect(await told(issuer, first.access_token, WEB)).toEqual(INACTIVE)
    const answer = await refused(issuer, 'access_token_revoked', () => issuer.fetch(userinfoRequest(first.access_token)))
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    expect([await isAlive(issuer, second.access_token), (await told(issuer, second.access_token, WEB)).active]).toEqual([true, true])
    await revoke(issuer, first.access_token, WEB, hint)
    await tokensOf(await refreshWeb(issuer, first.refresh_token))
  })
  it('of the token of a service ends it', async () => {
    const issuer = issuerWithApis()
    const { access_token } = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, SERVICE)))
    await revoke(issuer, access_token, SERVICE)
    expect([await told(issuer, access_token, SERVICE), await told(issuer, access_token, API_ONE)]).toEqual([INACTIVE, INACTIVE])
  })
  it('I06 is seen at once by another server on the same store', async () => {
    const store = memoryStore()
    const [a, b] = [issuerWithApis(store), issuerWithApis(store)]
    const { access_token, refresh_token } = await signedInToWeb(a)
    const machine = await signedInToWeb(a)
    expect([(await told(b, access_token, API_ONE)).active, (await told(b, refresh_token, WEB)).active]).toEqual([true, true])
    await Promise.all([revoke(a, refresh_token, WEB), revoke(a, machine.access_token, WEB)])
    for (const token of [access_token, refresh_token, machine.access_token]) expect(await told(b, token, WEB)).toEqual(INACTIVE)
    expect(await isAlive(b, access_token)).toBe(false)
    await expectError(await refused(b, 'authorization_revoked', () => refreshWeb(b, refresh_token)), 400, 'invalid_grant')
  })
  it.each(['gather', 'commit'] as const)('I07 is never done while the store is away (%s), and works when tried again', async (fails) => {
    const inner = memoryStore()
    let away = false
    const fault = (): Promise<never> => Promise.reject(new Error('SQLITE_IOERR at /var/db/latchkey.db'))
    const store: Store = { ...inner, gather: (needs) => (away && fails === 'gather' ? fault() : inner.gather(needs)), commit: (writes) => (away && fails === 'commit' ? fault() : inner.commit(writes)) }
    const issuer = issuerWithApis(store)
    const { access_token, refresh_token } = await signedInToWeb(issuer)
    const second = await signedInToWeb(issuer)
    for (const token of [refresh_token, second.access_token]) {
      away = true
      const answer = await refused(issuer, 'temporarily_unavailable', () => issuer.fetch(posting('revoke', { token }, WEB)))
      expect(answer.headers.get('retry-after')).toBe('2')
      await expectError(answer, 503, 'temporarily_unavailable')
      if (fails === 'gather') await expectError(await refused(issuer, 'temporarily_unavailable', () => issuer.fetch(posting('introspect', { token }, WEB))), 503, 'temporarily_unavailable')
      away = false
      expect(await told(issuer, token, WEB)).toMatchObject({ active: true })
      await revoke(issuer, token, WEB)
      expect(await told(issuer, token, WEB)).toEqual(INACTIVE)
    }
    expect(await isAlive(issuer, access_token)).toBe(false)
  })
})

describe('the software behind a resource', () => {
  it('gets no token of its own when it has no grant', async () => {
    const issuer = issuerWithApis()
    await expectError(await refused(issuer, 'grant_type_not_allowed', () => issuer.fetch(tokenRequest({ grant_type: 'client_credentials' }, API_ONE))), 400, 'unauthorized_client')
  })
  it('must be a client, and one that can prove who it is if it has no grant', () => {
    const findings = (clients: readonly ClientMetadata[]): unknown => {
      try {
        testIssuer({ clients, resources: RESOURCES })
        return undefined
      } catch (thrown) {
        return thrown instanceof ConfigurationError ? thrown.findings.map(({ path, reason }) => `${path} ${reason}`) : thrown
      }
    }
    expect(findings([...CLIENTS, ...APIS])).toBeUndefined()
    expect(findings([...CLIENTS, operator('api-1')])).toEqual(['resources[1].operatedBy reports-1 is no client'])
    expect(findings([operator('api-1'), operator('reports-1'), operator('idle')])).toEqual(['clients[2].grant_types is empty, so that the client can do nothing'])
    expect(findings([operator('api-1'), { client_id: 'reports-1', token_endpoint_auth_method: 'none', grant_types: [] }])).toEqual(['clients[1].grant_types is empty, so that the client can do nothing'])
  })
})
