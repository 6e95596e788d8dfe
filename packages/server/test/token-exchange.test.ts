import { defineGrant, isRefusal, type Issue, issueFor, type Refusal, type RefusalKey, TOKEN_TYPES } from '@latchkey/core'
import { storedKeys } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { type Parameters } from './browser.ts'
import { API, CLIENTS, ENCRYPTION_KEY, ISSUER, type Issuer, refused, REPORTS, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, claimsOf, EVIL, expectError, forged, isAlive, signedIn, signedInToWeb, tokenRequest, tokensOf, WEB } from './tokens.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const GATEWAY = basic('gateway', WEB_SECRET)
const AGENT = basic('agent', WEB_SECRET)
const USERS = ['authorization_code', 'refresh_token']
const clients = [
  ...CLIENTS.filter(({ client_id }) => !['web', 'evil'].includes(client_id)),
  ...CLIENTS.filter(({ client_id }) => ['web', 'evil'].includes(client_id)).map((client) => ({ ...client, grant_types: [...USERS, EXCHANGE], policy: { consent: 'never' } as const })),
  { client_id: 'gateway', client_secret: WEB_SECRET, grant_types: [EXCHANGE, 'client_credentials'], scope: 'api reports' },
  { client_id: 'agent', client_secret: WEB_SECRET, grant_types: [EXCHANGE, 'client_credentials', 'urn:example:lend'], scope: 'openid api' },
]
const resources = [
  { resource: API, scopes: ['api'], operatedBy: ['gateway', 'agent'] },
  { resource: REPORTS, scopes: ['reports'], access_token_format: 'opaque' as const, operatedBy: ['gateway'] },
]

/** A grant that issues what lets one actor act: our own grants make no `may_act`. */
const lend = defineGrant({
  grant_type: 'urn:example:lend',
  parameters: {},
  needs: () => ({}),
  decide(input): Issue | Refusal {
    const issued = issueFor({ ...input, scope: 'api', subject: { account: { sub: 'alice', active: true, claims: {} }, auth_time: input.now, amr: [] } })
    if (isRefusal(issued) || issued.accessToken === undefined) return issued
    return { ...issued, accessToken: { ...issued.accessToken, claims: { ...issued.accessToken.claims, may_act: { sub: 'agent', client_id: 'agent' } } } }
  },
})
const exchangingIssuer = (): Issuer => testIssuer({ clients, resources, grants: [lend] })

const exchanging = (subject_token: string, changes: Parameters = {}): Parameters => ({ grant_type: EXCHANGE, subject_token, subject_token_type: TOKEN_TYPES.access_token, ...changes })
const exchanged = async (issuer: Issuer, body: Parameters, headers: Record<string, string>) => tokensOf(await issuer.fetch(tokenRequest(body, headers)))
const own = (issuer: Issuer, headers: Record<string, string>, grant_type = 'client_credentials') => exchanged(issuer, { grant_type, ...(grant_type === 'client_credentials' ? { scope: 'api' } : {}) }, headers)

async function expectRefused(issuer: Issuer, key: RefusalKey, body: Parameters, headers: Record<string, string>, error = 'invalid_request'): Promise<void> {
  await expectError(await refused(issuer, key, () => issuer.fetch(tokenRequest(body, headers))), 400, error)
}

describe('token exchange', () => {
  it('gives the operator of an API a token for the user who called it', async () => {
    const issuer = exchangingIssuer()
    const { access_token } = await signedIn(issuer)
    issuer.pass(600)
    const answer = await issuer.fetch(tokenRequest(exchanging(access_token), GATEWAY))
    const body = (await answer.json()) as Record<string, string>
    expect(body).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', issued_token_type: TOKEN_TYPES.access_token, expires_in: 3_000, scope: 'api' })
    expect(claimsOf(body.access_token ?? '')).toEqual({ iss: ISSUER, sub: 'alice', aud: API, client_id: 'gateway', scope: 'api', iat: START + 600, exp: START + 3_600, auth_time: START, amr: ['pwd'], jti: expect.any(String) as string })
    expect(String(claimsOf(body.access_token ?? '').jti).split('.')[0]).toBe(String(claimsOf(access_token).jti).split('.')[0])
  })
  it('takes a reference token, a JWT and an ID Token, and gives what the resource takes', async () => {
    const issuer = exchangingIssuer()
    const web = await signedInToWeb(issuer, { scope: 'openid api reports' })
    expect(web.access_token).not.toContain('.')
    const jwt = await exchanged(issuer, exchanging(web.access_token, { resource: API, requested_token_type: TOKEN_TYPES.jwt }), GATEWAY)
    expect(jwt).toMatchObject({ scope: 'api', issued_token_type: TOKEN_TYPES.jwt })
    expect((await exchanged(issuer, exchanging(jwt.access_token, { subject_token_type: TOKEN_TYPES.jwt }), GATEWAY)).scope).toBe('api')
    const narrow = await exchanged(issuer, exchanging(web.id_token, { subject_token_type: TOKEN_TYPES.id_token, audience: API, scope: 'api' }), WEB)
    expect(claimsOf(narrow.access_token)).toMatchObject({ sub: 'alice', aud: API, client_id: 'web', exp: START + 300 })
    await expectRefused(issuer, 'requested_token_type_unsupported', exchanging(web.access_token, { resource: REPORTS, requested_token_type: TOKEN_TYPES.jwt }), GATEWAY)
  })
  it('says who acts, and who acted before', async () => {
    const issuer = exchangingIssuer()
    const { access_token } = await signedIn(issuer)
    const actor = { actor_token_type: TOKEN_TYPES.access_token }
    const first = await exchanged(issuer, exchanging(access_token, { ...actor, actor_token: (await own(issuer, GATEWAY)).access_token }), GATEWAY)
    expect(claimsOf(first.access_token)).toMatchObject({ sub: 'alice', client_id: 'gateway', act: { sub: 'gateway' } })
    const second = await exchanged(issuer, exchanging(first.access_token, { ...actor, actor_token: (await own(issuer, AGENT)).access_token }), AGENT)
    expect(claimsOf(second.access_token)).toMatchObject({ sub: 'alice', client_id: 'agent', act: { sub: 'agent', act: { sub: 'gateway' } } })
    const third = await exchanged(issuer, exchanging(second.access_token), AGENT)
    expect(claimsOf(third.access_token)).toMatchObject({ act: { sub: 'agent', act: { sub: 'gateway' } } })
  })
  it('lets only the actor act whom may_act names', async () => {
    const issuer = exchangingIssuer()
    const lent = (await own(issuer, AGENT, 'urn:example:lend')).access_token
    const actor = async (headers: Record<string, string>) => ({ actor_token: (await own(issuer, headers)).access_token, actor_token_type: TOKEN_TYPES.access_token })
    expect(claimsOf((await exchanged(issuer, exchanging(lent, await actor(AGENT)), AGENT)).access_token)).toMatchObject({ act: { sub: 'agent' } })
    await expectRefused(issuer, 'actor_not_allowed', exchanging(lent), AGENT)
    await expectRefused(issuer, 'actor_not_allowed', exchanging(lent, await actor(GATEWAY)), GATEWAY)
  })
  it('ends with the sign-in: nothing that was exchanged outlives it', async () => {
    const issuer = exchangingIssuer()
    const web = await signedInToWeb(issuer)
    const descendant = await exchanged(issuer, exchanging(web.access_token, { scope: 'openid' }), WEB)
    expect(await isAlive(issuer, descendant.access_token)).toBe(true)
    await issuer.fetch(new Request(`${ISSUER}/revoke`, { method: 'POST', body: new URLSearchParams({ token: web.refresh_token }), headers: WEB }))
    expect(await isAlive(issuer, descendant.access_token)).toBe(false)
    await expectRefused(issuer, 'subject_token_revoked', exchanging(descendant.access_token), WEB)
  })
  it('is in discovery where a client may use it', async () => {
    const offered = async (issuer: Issuer) => ((await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as { grant_types_supported: string[] }).grant_types_supported
    expect(await offered(exchangingIssuer())).toContain(EXCHANGE)
    expect(await offered(testIssuer())).not.toContain(EXCHANGE)
  })
})

describe('token exchange refuses', () => {
  it('X01 what is expired or revoked, and a user who is disabled', async () => {
    const issuer = exchangingIssuer()
    const { access_token, id_token } = await signedInToWeb(issuer)
    const spent = await signedInToWeb(issuer)
    await issuer.fetch(new Request(`${ISSUER}/revoke`, { method: 'POST', body: new URLSearchParams({ token: spent.access_token }), headers: WEB }))
    await expectRefused(issuer, 'subject_token_revoked', exchanging(spent.access_token), WEB)
    issuer.accounts.set('alice', { sub: 'alice', active: false, claims: {} })
    await expectRefused(issuer, 'subject_token_revoked', exchanging(access_token), WEB)
    await expectRefused(issuer, 'subject_token_revoked', exchanging(id_token, { subject_token_type: TOKEN_TYPES.id_token }), WEB)
    issuer.accounts.set('alice', { sub: 'alice', active: true, claims: {} })
    await exchanged(issuer, exchanging(access_token), WEB)
    issuer.pass(300)
    await expectRefused(issuer, 'subject_token_expired', exchanging(id_token, { subject_token_type: TOKEN_TYPES.id_token }), WEB)
    issuer.pass(3_300)
    await expectRefused(issuer, 'subject_token_expired', exchanging(access_token), WEB)
  })
  it('X02 the token of another issuer, also one with the same keys, and alg none', async () => {
    const issuer = exchangingIssuer()
    const { access_token } = await signedInToWeb(issuer)
    const claims = claimsOf(access_token)
    const none = `${forged(access_token, claims, { alg: 'none', typ: 'at+jwt' }).split('.').slice(0, 2).join('.')}.`
    const foreign = await (await storedKeys(memoryStore(), { encryptionKey: ENCRYPTION_KEY })).sign('ES256', 'at+jwt', claims)
    for (const token of [none, foreign, forged(access_token, { ...claims, scope: 'api reports' }), 'x', 'a.b.c', WEB_SECRET]) await expectRefused(issuer, 'subject_token_not_valid', exchanging(token), WEB)

    const keys = await storedKeys(memoryStore(), { encryptionKey: ENCRYPTION_KEY })
    const shared = testIssuer({ clients, resources, grants: [lend], keys })
    const good = claimsOf((await signedInToWeb(shared)).access_token)
    const copied = async (changes: Record<string, unknown>) => exchanging(await keys.sign('ES256', 'at+jwt', { ...good, ...changes }))
    await exchanged(shared, await copied({}), WEB)
    await expectRefused(shared, 'subject_token_not_valid', await copied({ iss: 'https://other.example' }), WEB)
    await expectRefused(shared, 'subject_token_not_valid', await copied({ cnf: { jkt: 'x' } }), WEB)
  })
  it('X02 one type of token for another', async () => {
    const issuer = exchangingIssuer()
    const { access_token, id_token, refresh_token } = await signedInToWeb(issuer)
    await expectRefused(issuer, 'subject_token_not_valid', exchanging(id_token), WEB)
    await expectRefused(issuer, 'subject_token_not_valid', exchanging(id_token, { subject_token_type: TOKEN_TYPES.jwt }), WEB)
    await expectRefused(issuer, 'subject_token_not_valid', exchanging(access_token, { subject_token_type: TOKEN_TYPES.id_token }), WEB)
    await expectRefused(issuer, 'subject_token_not_valid', exchanging(refresh_token), WEB)
    for (const subject_token_type of ['urn:ietf:params:oauth:token-type:refresh_token', 'urn:ietf:params:oauth:token-type:saml2', '__proto__']) await expectRefused(issuer, 'exchange_token_type_unsupported', exchanging(access_token, { subject_token_type }), WEB)
    await expectRefused(issuer, 'parameter_missing', exchanging(access_token, { subject_token_type: undefined }), WEB)
  })
  it('X03 the token of another client', async () => {
    const issuer = exchangingIssuer()
    const { access_token, id_token } = await signedInToWeb(issuer)
    await expectRefused(issuer, 'subject_token_of_another_client', exchanging(id_token, { subject_token_type: TOKEN_TYPES.id_token }), EVIL)
    await expectRefused(issuer, 'subject_token_of_another_client', exchanging(access_token), EVIL)
    await expectRefused(issuer, 'subject_token_of_another_client', exchanging(id_token, { subject_token_type: TOKEN_TYPES.id_token }), GATEWAY)
    await expectRefused(issuer, 'subject_token_without_user', exchanging((await own(issuer, GATEWAY)).access_token), GATEWAY)
  })
  it('X04 X07 more scope or another resource than user and client have', async () => {
    const issuer = exchangingIssuer()
    const { access_token } = await signedInToWeb(issuer)
    await expectRefused(issuer, 'scope_exceeds_grant', exchanging(access_token, { scope: 'api reports' }), WEB, 'invalid_scope')
    await expectRefused(issuer, 'scope_exceeds_grant', exchanging(access_token, { scope: 'offline_access' }), WEB, 'invalid_scope')
    await expectRefused(issuer, 'scope_exceeds_grant', exchanging(access_token, { scope: 'openid' }), GATEWAY, 'invalid_scope')
    for (const name of ['resource', 'audience']) {
      await expectRefused(issuer, 'resource_unknown', exchanging(access_token, { [name]: 'https://nosuch.example' }), WEB, 'invalid_target')
      await expectRefused(issuer, 'resource_not_granted', exchanging(access_token, { [name]: REPORTS }), WEB, 'invalid_target')
    }
    const wide = (await signedInToWeb(issuer, { scope: 'openid api reports' })).access_token
    await expectRefused(issuer, 'scope_exceeds_grant', exchanging(wide, { scope: 'reports' }), AGENT, 'invalid_scope')
    await expectRefused(issuer, 'resource_not_granted', exchanging(wide, { resource: REPORTS }), AGENT, 'invalid_target')
    const nothing = (await signedIn(issuer, { scope: 'openid api' })).access_token
    expect((await exchanged(issuer, exchanging(nothing), GATEWAY)).scope).toBe('api')
  })
  it('X05 a refresh token, and a client that can not authenticate', async () => {
    const issuer = exchangingIssuer()
    const { access_token } = await signedIn(issuer)
    const before = issuer.count('refresh_token')
    for (const type of ['refresh_token', 'id_token', 'saml2']) await expectRefused(issuer, 'requested_token_type_unsupported', exchanging(access_token, { requested_token_type: `urn:ietf:params:oauth:token-type:${type}` }), GATEWAY)
    expect(issuer.count('refresh_token')).toBe(before)
    await expectRefused(issuer, 'grant_type_not_allowed', exchanging(access_token, { client_id: 'spa' }), {}, 'unauthorized_client')
    const spa = { client_id: 'spa2', token_endpoint_auth_method: 'none', grant_types: [EXCHANGE] }
    expect(() => testIssuer({ clients: [spa] })).toThrow(/a public client can not exchange tokens/)
  })
  it('an actor that is not proven', async () => {
    const issuer = exchangingIssuer()
    const { access_token, id_token } = await signedInToWeb(issuer)
    const gateway = (await own(issuer, GATEWAY)).access_token
    const with_ = (actor_token: string | undefined, actor_token_type: string | undefined = TOKEN_TYPES.access_token) => exchanging(access_token, { actor_token, actor_token_type })
    await expectRefused(issuer, 'actor_token_not_valid', with_(gateway), WEB)
    await expectRefused(issuer, 'actor_token_not_valid', with_('nosuch'), WEB)
    await expectRefused(issuer, 'actor_token_not_valid', with_(id_token, TOKEN_TYPES.id_token), GATEWAY)
    await expectRefused(issuer, 'actor_token_type_unexpected', exchanging(access_token, { actor_token_type: TOKEN_TYPES.jwt }), WEB)
    await expectRefused(issuer, 'parameter_missing', exchanging(access_token, { actor_token: gateway }), GATEWAY)
    await expectRefused(issuer, 'exchange_token_type_unsupported', with_(gateway, 'urn:x'), GATEWAY)
    issuer.pass(3_599)
    const late = (await signedInToWeb(issuer)).access_token
    issuer.pass(1)
    await expectRefused(issuer, 'actor_token_not_valid', exchanging(late, { actor_token: gateway, actor_token_type: TOKEN_TYPES.access_token }), GATEWAY)
  })
  it('a resource operated by nobody who is known', () => {
    expect(() => testIssuer({ resources: [{ resource: API, scopes: ['api', 'reports'], operatedBy: ['nosuch'] }] })).toThrow(/nosuch is no client/)
  })
})
