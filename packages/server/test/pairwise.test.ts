import type { ClientMetadata } from '@latchkey/core'
import { type Outbound, OutboundRefused, subjectFor } from '@latchkey/server'
import { describe, expect, it } from 'vitest'
import { ALICE, asking, authorizeUrl, BOB, type Browser, browserFor, codeOf, returned } from './browser.ts'
import { API, CLIENTS, ISSUER, type Issuer, refused, testIssuer, WEB_SECRET } from './issuer.ts'
import { post, PUBLIC, registered, registering } from './registrant.ts'
import { basic, claimsOf, redeeming, refreshing, type Tokens, tokenRequest, tokensOf, userinfoRequest } from './tokens.ts'

const SCOPE = 'openid profile email offline_access api reports'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TYPE = 'urn:ietf:params:oauth:token-type:access_token'

function pairwise(client_id: string, host: string, more: Partial<ClientMetadata> = {}): ClientMetadata {
  return {
    client_id,
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: WEB_SECRET,
    redirect_uris: [`https://${host}/cb`],
    grant_types: ['authorization_code', 'implicit', 'refresh_token', EXCHANGE, 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code', 'code id_token', 'code id_token token'],
    scope: SCOPE,
    profile: 'oidc',
    subject_type: 'pairwise',
    policy: { consent: 'never' },
    ...more,
  }
}

const ONE = pairwise('one', 'one.example')
const SAME = pairwise('same', 'one.example')
const OTHER = pairwise('other', 'other.example')
const LISTED = pairwise('listed', 'two.example', { redirect_uris: ['https://two.example/cb', 'https://three.example/cb'], sector_identifier_uri: 'https://one.example/uris.json' })
const PLAIN = pairwise('plain', 'plain.example', { subject_type: 'public' })

function issuerWith(): Issuer {
  return testIssuer({
    clients: [...CLIENTS, ONE, SAME, OTHER, LISTED, PLAIN],
    resources: [
      { resource: API, scopes: ['api'], operatedBy: ['plain', 'other'] },
      { resource: 'https://reports.example', scopes: ['reports'], access_token_format: 'opaque', operatedBy: ['plain'] },
    ],
  })
}

const parametersOf = ({ client_id, redirect_uris = [] }: ClientMetadata, changes: Record<string, string> = {}) => asking({ client_id, redirect_uri: redirect_uris[0], scope: 'openid email offline_access api', ...changes })

async function tokensFor(client: ClientMetadata, issuer: Issuer, browser: Browser = browserFor(issuer), user = ALICE): Promise<Tokens> {
  const parameters = parametersOf(client)
  const code = await codeOf(browser, parameters, user)
  return tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: parameters.redirect_uri }), basic(client.client_id, WEB_SECRET))))
}

async function subjectOf(client: ClientMetadata, issuer: Issuer, browser?: Browser, user = ALICE): Promise<unknown> {
  return claimsOf((await tokensFor(client, issuer, browser, user)).id_token).sub
}

async function introspected(issuer: Issuer, token: string, client_id: string): Promise<Record<string, unknown>> {
  const answer = await issuer.fetch(new Request(`${ISSUER}/introspect`, { method: 'POST', body: new URLSearchParams({ token }), headers: basic(client_id, WEB_SECRET) }))
  return (await answer.json()) as Record<string, unknown>
}

describe('pairwise subjects', () => {
  it('REG-5 are one for a sector and user, and different for another sector or user', async () => {
    const issuer = issuerWith()
    const [one, same, listed, other, plain, bob] = [await subjectOf(ONE, issuer), await subjectOf(SAME, issuer), await subjectOf(LISTED, issuer), await subjectOf(OTHER, issuer), await subjectOf(PLAIN, issuer), await subjectOf(ONE, issuer, undefined, BOB)]
    expect(one).toMatch(/^[\w-]{43}$/)
    expect([same, listed, plain]).toEqual([one, one, 'alice'])
    expect(new Set([one, other, plain, bob]).size).toBe(4)
  })
  it('are the same wherever the client looks, and name nobody', async () => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    const front = new URL((await browser.authorize(parametersOf(ONE, { response_type: 'code id_token token' }))).headers.get('location') ?? '')
    const { id_token = '', access_token = '', code = '' } = Object.fromEntries(new URLSearchParams(front.hash.slice(1)))
    const back = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://one.example/cb' }), basic('one', WEB_SECRET))))
    const refreshed = await tokensOf(await issuer.fetch(tokenRequest(refreshing(back.refresh_token, { client_id: undefined }), basic('one', WEB_SECRET))))
    const told: unknown = await (await issuer.fetch(userinfoRequest(access_token))).json()
    const subjects = [
      ...[id_token, access_token, back.id_token, back.access_token, refreshed.id_token, refreshed.access_token].map((jwt) => claimsOf(jwt)),
      told,
      await introspected(issuer, back.access_token, 'one'),
      await introspected(issuer, back.refresh_token, 'one'),
      await introspected(issuer, back.access_token, 'plain'),
    ]
    const { sub } = claimsOf(id_token)
    expect(sub).toMatch(/^[\w-]{43}$/)
    expect(subjects).toEqual(subjects.map(() => expect.objectContaining({ sub }) as unknown))
    for (const jwt of [id_token, access_token, back.access_token]) expect(JSON.stringify(claimsOf(jwt))).not.toContain('"alice"')
  })
  it('name sessions by sector, too: one name for all would tell that the users are the same', async () => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    const sids: unknown[] = []
    for (const client of [ONE, SAME, OTHER, PLAIN]) sids.push(claimsOf((await tokensFor(client, issuer, browser)).id_token).sid)
    const [one, same, other, plain] = sids
    expect(same).toBe(one)
    expect(new Set([one, other, plain]).size).toBe(3)
  })
  it('are the same for opaque tokens', async () => {
    const issuer = issuerWith()
    const sub = await subjectOf(ONE, issuer)
    const code = await codeOf(browserFor(issuer), parametersOf(ONE, { scope: 'openid reports' }))
    const { access_token } = await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: undefined, redirect_uri: 'https://one.example/cb', resource: 'https://reports.example' }), basic('one', WEB_SECRET))))
    expect(await introspected(issuer, access_token, 'plain')).toMatchObject({ active: true, sub })
  })
  it('stay in a token that is exchanged, whoever exchanges it', async () => {
    const issuer = issuerWith()
    const { access_token, id_token } = await tokensFor(ONE, issuer)
    const { sub } = claimsOf(access_token)
    for (const client_id of ['plain', 'other', 'one']) {
      const exchanged = await tokensOf(await issuer.fetch(tokenRequest({ grant_type: EXCHANGE, subject_token: access_token, subject_token_type: TYPE }, basic(client_id, WEB_SECRET))))
      expect(claimsOf(exchanged.access_token)).toMatchObject({ sub, client_id })
    }
    const own = { grant_type: EXCHANGE, subject_token: id_token, subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }
    await refused(issuer, 'subject_token_revoked', () => issuer.fetch(tokenRequest(own, basic('one', WEB_SECRET))))
  })
  it('AUTHZ-7 come back as a hint, to be compared with who is signed in', async () => {
    const issuer = issuerWith()
    const browser = browserFor(issuer)
    const { id_token } = await tokensFor(ONE, issuer, browser)
    const bobs = await tokensFor(ONE, issuer, browserFor(issuer), BOB)
    const foreign = await tokensFor(OTHER, issuer, browser)
    const silent = (hint: string) => browser.send(authorizeUrl(parametersOf(ONE, { scope: 'openid', prompt: 'none', id_token_hint: hint })))
    expect(returned(await silent(id_token))).toHaveProperty('code')
    expect(returned(await silent(bobs.id_token))).toMatchObject({ error: 'login_required' })
    expect(returned(await silent(foreign.id_token))).toMatchObject({ error: 'login_required' })
  })
  it('stay when nodes start anew, and are what subjectFor answers', async () => {
    const issuer = issuerWith()
    const again = testIssuer({ clients: [ONE], store: issuer.store, resources: [{ resource: API, scopes: ['api'] }, { resource: 'https://r.example', scopes: ['reports'] }] })
    const sub = await subjectOf(ONE, issuer)
    expect(await subjectOf(ONE, again)).toBe(sub)
    const client = issuer.clients.get('one')
    if (client === undefined) throw new Error('there is no such client')
    expect(subjectFor(client, 'alice', { derive: (text) => text })).toBe('["subject","one.example","alice"]')
  })
})

describe('a sector identifier', () => {
  const SECTOR = { ...PUBLIC, redirect_uris: ['https://a.example/cb', 'https://b.example/cb'], subject_type: 'pairwise', sector_identifier_uri: 'https://sector.example/uris.json' }
  const answering = (status: number, body: string, calls: string[] = []): Outbound => (url) => {
    calls.push(url)
    return Promise.resolve({ status, headers: new Headers(), body })
  }
  const LIST = JSON.stringify([...SECTOR.redirect_uris, 'https://c.example/cb'])

  it('REG-5 is fetched once, and names the sector by its host', async () => {
    const calls: string[] = []
    const issuer = registering({}, { outbound: answering(200, LIST, calls) })
    const one = await registered(issuer, SECTOR)
    const two = await registered(issuer, { ...SECTOR, redirect_uris: ['https://c.example/cb'] })
    expect(calls).toEqual(['https://sector.example/uris.json', 'https://sector.example/uris.json'])
    const subjects = [one, two].map(async ({ client_id }, at) => {
      const redirect_uri = ['https://a.example/cb', 'https://c.example/cb'][at] ?? ''
      const code = await codeOf(browserFor(issuer), asking({ client_id, redirect_uri }))
      return claimsOf((await tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id, redirect_uri }))))).id_token).sub
    })
    const [first, second] = await Promise.all(subjects)
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(second).toBe(first)
  })
  it.each<[string, Outbound]>([
    ['REG-4 lacks a redirect URI', answering(200, '["https://a.example/cb"]')],
    ['is no list', answering(200, '{"redirect_uris":[]}')],
    ['is no JSON', answering(200, '<html>')],
    ['is not there', answering(404, LIST)],
    ['G04 redirects', answering(302, LIST)],
    ['G03 is at an address that must not be called', () => Promise.reject(new OutboundRefused('an address in a private network'))],
    ['does not answer', () => Promise.reject(new Error('late'))],
  ])('that %s is refused', async (_, outbound) => {
    const issuer = registering({}, { outbound })
    const answer = await refused(issuer, 'client_metadata_invalid', () => post(issuer, SECTOR))
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_client_metadata', error_description: expect.stringContaining('sector_identifier_uri') as unknown }])
  })
  it('G03 is not fetched for whom may not register', async () => {
    const calls: string[] = []
    const issuer = registering({ access: 'initial access token' }, { outbound: answering(200, LIST, calls) })
    await refused(issuer, 'initial_access_token_missing', () => post(issuer, SECTOR))
    expect(calls).toEqual([])
  })
})

describe('a pairwise client and logout', () => {
  it('LOGOUT-7 hears of the user and the session by the names that it knows, and may hint with them', async () => {
    const told: string[] = []
    const issuer = testIssuer({
      clients: [{ ...ONE, backchannel_logout_uri: 'https://one.example/out', frontchannel_logout_uri: 'https://one.example/frame', post_logout_redirect_uris: ['https://one.example/bye'] }, OTHER],
      resources: [{ resource: API, scopes: ['api'] }, { resource: 'https://reports.example', scopes: ['reports'] }],
      outbound: (_, { body = '' } = {}) => {
        told.push(body.replace('logout_token=', ''))
        return Promise.resolve({ status: 200, headers: new Headers(), body: '' })
      },
    })
    const browser = browserFor(issuer)
    const { id_token } = await tokensFor(ONE, issuer, browser)
    const { sub, sid } = claimsOf(id_token)
    expect([sub, sid]).not.toContain('alice')
    const answer = await browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: 'https://one.example/bye' })}`)
    const page = await answer.text()
    expect([answer.status, page.includes(`sid=${encodeURIComponent(String(sid))}`)]).toEqual([200, true])
    expect(told.map((token) => claimsOf(token))).toEqual([expect.objectContaining({ sub, sid, aud: 'one' })])
    const again = await browser.send(authorizeUrl(parametersOf(ONE, { prompt: 'none' })))
    expect(returned(again).error).toBe('login_required')
  })
})
