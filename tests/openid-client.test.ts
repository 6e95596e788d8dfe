import { createHash } from 'node:crypto'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, SECRETS, startDemo } from './running/demo.ts'
import { addressOf, has, pageOf, signIn, UserAgent } from './running/user-agent.ts'

const SCOPE = 'openid profile email offline_access api'
let demo: Demo
let spa: oidc.Configuration
let web: oidc.Configuration

const discover = (clientId: string, authentication: oidc.ClientAuth) => oidc.discovery(new URL(demo.issuer), clientId, undefined, authentication, { execute: [oidc.allowInsecureRequests] })

beforeAll(async () => {
  demo = await startDemo()
  spa = await discover('spa', oidc.None())
  web = await discover('web', oidc.ClientSecretBasic(SECRETS.web))
})
afterAll(() => demo?.stop())

/** An authorization request of a client, and what the client remembers of it. */
async function begin(config: oidc.Configuration, more: Record<string, string> = {}) {
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${config === spa ? demo.spa : demo.web}/callback`,
    scope: SCOPE,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  })
  return { url, checks }
}

async function tokensOf(config: oidc.Configuration, username = 'alice', more?: Record<string, string>) {
  const { url, checks } = await begin(config, more)
  return oidc.authorizationCodeGrant(config, await signIn(new UserAgent(demo.issuer), url, username), checks)
}

/** How a refused call looks to the client: HTTP status and error code. */
async function refusalOf(call: Promise<unknown>): Promise<{ status: unknown; error: unknown }> {
  const thrown: unknown = await call.then(() => undefined, (error: unknown) => error)
  if (thrown instanceof oidc.ResponseBodyError) return { status: thrown.status, error: thrown.error }
  if (thrown instanceof oidc.WWWAuthenticateChallengeError) return { status: thrown.status, error: thrown.cause[0]?.parameters.error ?? errorIn(await thrown.response.clone().json()) }
  return { status: 'no refusal', error: thrown }
}

const errorIn = (body: unknown) => (typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined)

const errorOf = (call: Promise<unknown>) => call.then(() => undefined, (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? thrown.code : thrown))

describe('discovery', () => {
  test('names the issuer and what this client needs', () => {
    const metadata = spa.serverMetadata()
    expect(metadata).toMatchObject({ issuer: demo.issuer, authorization_response_iss_parameter_supported: true })
    expect(metadata.supportsPKCE()).toBe(true)
    expect(metadata.scopes_supported).toEqual(expect.arrayContaining(SCOPE.split(' ')))
  })
})

describe('a public client', () => {
  test('signs in with code and PKCE; ID Token and userinfo speak of the same user', async () => {
    const tokens = await tokensOf(spa)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: demo.issuer, sub: 'alice', aud: 'spa' })
    expect(claims?.auth_time).toBeTypeOf('number')
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect(await oidc.fetchUserInfo(spa, tokens.access_token, 'alice')).toMatchObject({ sub: 'alice', name: 'Alice Anders', email: 'alice@example.com', email_verified: true })
  })

  test('two users have tokens of their own', async () => {
    const [alice, bob] = [await tokensOf(spa), await tokensOf(spa, 'bob')]
    expect([alice.claims()?.sub, bob.claims()?.sub]).toEqual(['alice', 'bob'])
    expect(await errorOf(oidc.fetchUserInfo(spa, bob.access_token, 'alice'))).toBe('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED')
  })

  test('asks for consent once, and again when told to', async () => {
    await tokensOf(spa)
    const agent = new UserAgent(demo.issuer)
    await signIn(agent, (await begin(spa)).url)
    expect(addressOf(await agent.visit((await begin(spa)).url)).searchParams.has('code')).toBe(true)
    expect(addressOf(await agent.visit((await begin(spa, { prompt: 'none' })).url)).searchParams.has('code')).toBe(true)
    expect(has(pageOf(await agent.visit((await begin(spa, { prompt: 'consent' })).url)), 'button[value=allow]')).toBe(true)
    expect(has(pageOf(await agent.visit((await begin(spa, { prompt: 'login' })).url)), 'input[name=password]')).toBe(true)
  })

  test('is told login_required when nobody is signed in and nobody may be asked', async () => {
    const { url, checks } = await begin(spa, { prompt: 'none' })
    const back = addressOf(await new UserAgent(demo.issuer).visit(url))
    const refused: unknown = await oidc.authorizationCodeGrant(spa, back, checks).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR', error: 'login_required' })
  })

  test('rotates its refresh token; the predecessor yields the same successor, and an older one ends the family', async () => {
    const first = await tokensOf(spa)
    const generations = [first.refresh_token ?? '']
    const refresh = (token: string | undefined) => oidc.refreshTokenGrant(spa, token ?? '')
    const second = await refresh(generations[0])
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.claims()).toMatchObject({ sub: 'alice', auth_time: first.claims()?.auth_time })
    expect((await refresh(generations[0])).refresh_token).toBe(second.refresh_token)
    const third = await refresh(second.refresh_token)
    expect(third.refresh_token).not.toBe(second.refresh_token)
    expect(await oidc.fetchUserInfo(spa, third.access_token, 'alice')).toMatchObject({ sub: 'alice' })
    expect(await refusalOf(refresh(generations[0]))).toEqual({ status: 400, error: 'invalid_grant' })
    expect(await refusalOf(refresh(third.refresh_token))).toEqual({ status: 400, error: 'invalid_grant' })
    for (const { access_token } of [first, second, third]) expect(await refusalOf(oidc.fetchUserInfo(spa, access_token, 'alice'))).toEqual({ status: 401, error: 'invalid_token' })
  })

  test('twenty refreshes at once with one token all get the same successor', async () => {
    const { refresh_token = '' } = await tokensOf(spa)
    const all = await Promise.all(Array.from({ length: 20 }, () => oidc.refreshTokenGrant(spa, refresh_token)))
    expect(new Set(all.map((tokens) => tokens.refresh_token)).size).toBe(1)
  })

  test('redeems a code once, and only with its verifier', async () => {
    const { url, checks } = await begin(spa)
    const back = await signIn(new UserAgent(demo.issuer), url)
    expect(await refusalOf(oidc.authorizationCodeGrant(spa, back, { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }))).toEqual({ status: 400, error: 'invalid_grant' })
    expect((await oidc.authorizationCodeGrant(spa, back, checks)).claims()?.sub).toBe('alice')
    expect(await refusalOf(oidc.authorizationCodeGrant(spa, back, checks))).toEqual({ status: 400, error: 'invalid_grant' })
  })

  test('notices a response with a foreign issuer or state', async () => {
    const { url, checks } = await begin(spa)
    const back = await signIn(new UserAgent(demo.issuer), url)
    const changed = (name: string, value?: string) => {
      const forged = new URL(back)
      if (value === undefined) forged.searchParams.delete(name)
      else forged.searchParams.set(name, value)
      return errorOf(oidc.authorizationCodeGrant(spa, forged, checks))
    }
    expect(await Promise.all([changed('iss', 'https://evil.example'), changed('iss'), changed('state', 'forged'), changed('state')])).toEqual(Array(4).fill('OAUTH_INVALID_RESPONSE'))
    expect(await errorOf(oidc.authorizationCodeGrant(spa, back, { ...checks, expectedNonce: 'another' }))).toBe('OAUTH_JWT_CLAIM_COMPARISON_FAILED')
  })
})

describe('a confidential client', () => {
  test('signs in, refreshes without rotation, and its ID Token binds the access token', async () => {
    const tokens = await tokensOf(web)
    expect(tokens.claims()).toMatchObject({ iss: demo.issuer, sub: 'alice', aud: 'web' })
    expect(tokens.claims()?.at_hash).toBe(createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url'))
    const refreshed = await oidc.refreshTokenGrant(web, tokens.refresh_token ?? '')
    expect(refreshed.claims()?.sub).toBe('alice')
    expect(refreshed.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token)
    expect(await oidc.fetchUserInfo(web, refreshed.access_token, 'alice')).toMatchObject({ sub: 'alice' })
  })

  test('is refused with a wrong secret', async () => {
    const impostor = await discover('web', oidc.ClientSecretBasic('a-wrong-secret-of-the-right-length-0'))
    const { url, checks } = await begin(web)
    const back = await signIn(new UserAgent(demo.issuer), url)
    expect(await refusalOf(oidc.authorizationCodeGrant(impostor, back, checks))).toEqual({ status: 401, error: 'invalid_client' })
    expect((await oidc.authorizationCodeGrant(web, back, checks)).claims()?.sub).toBe('alice')
  })

  test('can not use what another client was given', async () => {
    const tokens = await tokensOf(spa)
    expect(await refusalOf(oidc.refreshTokenGrant(web, tokens.refresh_token ?? ''))).toEqual({ status: 400, error: 'invalid_grant' })
    expect((await oidc.refreshTokenGrant(spa, tokens.refresh_token ?? '')).refresh_token).toBeTypeOf('string')
  })

  test('is told access_denied when the user cancels or denies', async () => {
    const agent = new UserAgent(demo.issuer)
    const cancelled = await begin(web)
    const back = addressOf(await agent.submit(pageOf(await agent.visit(cancelled.url)), { decision: 'deny' }))
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: cancelled.checks.expectedState, iss: demo.issuer })
    const denied = await begin(web, { prompt: 'consent' })
    const asked = pageOf(await agent.submit(pageOf(await agent.visit(denied.url)), { username: 'bob', password: 'bob' }))
    expect(addressOf(await agent.submit(asked, { decision: 'deny' })).searchParams.get('error')).toBe('access_denied')
  })
})

describe('a service', () => {
  test('gets a token for itself by client credentials', async () => {
    const service = await discover('service', oidc.ClientSecretBasic(SECRETS.service))
    const tokens = await oidc.clientCredentialsGrant(service, { scope: 'api' })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'api' })
    expect([tokens.refresh_token, tokens.id_token]).toEqual([undefined, undefined])
    expect(await refusalOf(oidc.clientCredentialsGrant(service, { scope: 'openid' }))).toEqual({ status: 400, error: 'invalid_scope' })
  })

  test('is refused with a wrong secret, with none, and as nobody', async () => {
    for (const authentication of [oidc.ClientSecretBasic('wrong'), oidc.None()]) {
      expect(await refusalOf(oidc.clientCredentialsGrant(await discover('service', authentication), { scope: 'api' }))).toEqual({ status: 401, error: 'invalid_client' })
    }
    expect(await refusalOf(oidc.clientCredentialsGrant(await discover('nobody', oidc.ClientSecretBasic('wrong')), { scope: 'api' }))).toEqual({ status: 401, error: 'invalid_client' })
  })
})

describe('the interaction', () => {
  test('every redirect after a form is 303, and no address holds the password', async () => {
    const agent = new UserAgent(demo.issuer)
    const { url } = await begin(spa, { prompt: 'consent' })
    const login = pageOf(await agent.visit(url))
    agent.redirects.length = 0
    const consent = pageOf(await agent.submit(login, { username: 'bob', password: 'bob' }))
    addressOf(await agent.submit(consent, { decision: 'allow' }))
    expect(agent.redirects.map(([status]) => status)).toEqual([303, 303])
    expect(agent.redirects.flat().join(' ')).not.toMatch(/bob|password/)
  })

  test('a wrong password says so, keeps the username and not the password', async () => {
    const agent = new UserAgent(demo.issuer)
    const { html, status } = pageOf(await agent.submit(pageOf(await agent.visit((await begin(spa)).url)), { username: 'alice', password: 'wr0ng-pass' }))
    expect(status).toBe(400)
    expect(html.querySelector('[role=alert]')?.text).toBeTruthy()
    expect(html.querySelector('#username')?.getAttribute('value')).toBe('alice')
    expect(html.toString()).not.toContain('wr0ng-pass')
  })

  test('once allowed, it yields its code neither to a later no nor to another user', async () => {
    const agent = new UserAgent(demo.issuer)
    const login = pageOf(await agent.visit((await begin(spa, { prompt: 'consent' })).url))
    const consent = pageOf(await agent.submit(login, { username: 'alice', password: 'alice' }))
    const allowed = addressOf(await agent.submit(consent, { decision: 'allow' }))
    expect(addressOf(await agent.submit(consent, { decision: 'allow' })).searchParams.get('code')).toBe(allowed.searchParams.get('code') ?? 'none')
    expect(pageOf(await agent.submit(consent, { decision: 'deny' })).status).toBe(400)
    expect(pageOf(await agent.submit(login, { username: 'bob', password: 'bob' })).status).toBe(400)
  })

  test('signed in twice at once, as by a double click, both answers lead to the same code', async () => {
    await tokensOf(spa)
    const agent = new UserAgent(demo.issuer)
    const login = pageOf(await agent.visit((await begin(spa)).url))
    const arrivals = await Promise.all([1, 2].map(() => agent.submit(login, { username: 'alice', password: 'alice' })))
    expect(new Set(arrivals.map((arrival) => addressOf(arrival).searchParams.get('code'))).size).toBe(1)
  })

  test('allowed a hundred times at once, it yields one code', async () => {
    const agent = new UserAgent(demo.issuer)
    const login = pageOf(await agent.visit((await begin(spa, { prompt: 'consent' })).url))
    const consent = pageOf(await agent.submit(login, { username: 'bob', password: 'bob' }))
    const arrivals = await Promise.all(Array.from({ length: 100 }, () => agent.submit(consent, { decision: 'allow' })))
    const codes = new Set(arrivals.flatMap(({ left }) => left?.searchParams.get('code') ?? []))
    expect(codes.size).toBe(1)
    expect(arrivals.every(({ page }) => page === undefined || page.status === 400)).toBe(true)
  })
})
