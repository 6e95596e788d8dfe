import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, SECRETS, startDemo } from './running/demo.ts'
import { answeredForm } from './running/answered-form.ts'
import { approveDevice } from './running/approve-device.ts'
import { startConfigured } from './running/configured.ts'
import { addressOf, has, pageOf, signIn, UserAgent } from './running/user-agent.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
let demo: Demo
let web: oidc.Configuration
let tv: oidc.Configuration
/** The paths that openid-client asked for. */
const asked: string[] = []

async function discover(clientId: string, authentication: oidc.ClientAuth, execute: ((config: oidc.Configuration) => void)[] = [], issuer = demo.issuer) {
  const config = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, { execute: [oidc.allowInsecureRequests, ...execute] })
  config[oidc.customFetch] = (url, options) => {
    asked.push(new URL(url).pathname)
    return fetch(url, options as RequestInit)
  }
  return config
}

beforeAll(async () => {
  demo = await startDemo()
  web = await discover('web', oidc.ClientSecretBasic(SECRETS.web), [oidc.useCodeIdTokenResponseType])
  tv = await discover('tv', oidc.None())
})
afterAll(() => demo?.stop())

/** How a refused call looks to the client: HTTP status and error code. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const thrown: unknown = await call.then(() => undefined, (error: unknown) => error)
  if (thrown instanceof oidc.ResponseBodyError) return `${thrown.status} ${thrown.error}`
  if (thrown instanceof oidc.WWWAuthenticateChallengeError) return `${thrown.status} ${thrown.cause[0]?.parameters.error ?? ((await thrown.response.clone().json()) as { error?: string }).error}`
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}

/** A hybrid authorization request, and what the client remembers of it. */
async function begin(response_mode: 'fragment' | 'form_post') {
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const url = oidc.buildAuthorizationUrl(web, {
    redirect_uri: `${demo.web}/callback`,
    scope: 'openid profile email offline_access api',
    response_mode,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  })
  return { url, checks }
}

/** How often the running server has refused something at its token endpoint, which it logs. */
const refusals = () => demo.server().output().split('"endpoint":"token"').length - 1

describe('hybrid, code id_token', () => {
  test('by fragment: the ID Tokens of both answers speak of the same user', async () => {
    const { url, checks } = await begin('fragment')
    expect(url.searchParams.get('response_type')).toBe('code id_token')
    const back = await signIn(new UserAgent(demo.issuer), url)
    expect([back.search, [...new URLSearchParams(back.hash.slice(1)).keys()].sort()]).toEqual(['', ['code', 'id_token', 'iss', 'session_state', 'state']])
    const tokens = await oidc.authorizationCodeGrant(web, back, checks)
    expect(tokens.claims()).toMatchObject({ iss: demo.issuer, sub: 'alice', aud: 'web', nonce: checks.expectedNonce })
    expect(await oidc.fetchUserInfo(web, tokens.access_token, 'alice')).toMatchObject({ name: 'Alice Anders' })
  })

  test('by form_post: the answer is a form for the client, and no address holds it', async () => {
    const { url, checks } = await begin('form_post')
    const agent = new UserAgent(demo.issuer)
    const posted = answeredForm(await agent.visit(url).then((login) => agent.submit(pageOf(login), { username: 'bob', password: 'bob' })).then((consent) => agent.submit(pageOf(consent), { decision: 'allow' })).then(pageOf))
    expect(posted.url).toBe(`${demo.web}/callback`)
    expect(agent.redirects.flat().join(' ')).not.toMatch(/code=|id_token=/)
    const tokens = await oidc.authorizationCodeGrant(web, posted, checks)
    expect(tokens.claims()).toMatchObject({ sub: 'bob', nonce: checks.expectedNonce })
  })

  test('a code that is not the one of its ID Token never leaves the client', async () => {
    const [mine, others] = [await begin('fragment'), await begin('fragment')]
    const backs = [await signIn(new UserAgent(demo.issuer), mine.url), await signIn(new UserAgent(demo.issuer), others.url, 'bob')] as const
    const before = refusals()
    asked.length = 0
    for (const code of [codeIn(backs[1]), `${codeIn(backs[0]).slice(0, -2)}AA`]) {
      const parameters = new URLSearchParams(backs[0].hash.slice(1))
      parameters.set('code', code)
      expect(await refusalOf(oidc.authorizationCodeGrant(web, new URL(`#${parameters}`, backs[0]), mine.checks))).toMatch(/^OAUTH_(JWT_CLAIM_COMPARISON_FAILED|INVALID_RESPONSE)$/)
    }
    expect([asked.filter((path) => path === '/token'), refusals()]).toEqual([[], before])
    expect((await oidc.authorizationCodeGrant(web, backs[0], mine.checks)).claims()?.sub).toBe('alice')
    expect((await oidc.authorizationCodeGrant(web, backs[1], others.checks)).claims()?.sub).toBe('bob')
    expect(await refusalOf(oidc.authorizationCodeGrant(web, backs[0], mine.checks))).toBe('400 invalid_grant')
    expect([asked.filter((path) => path === '/token').length, refusals()]).toEqual([3, before + 1])
  })

  test('an ID Token of another answer is noticed by its nonce', async () => {
    const [mine, others] = [await begin('fragment'), await begin('fragment')]
    const back = await signIn(new UserAgent(demo.issuer), others.url)
    asked.length = 0
    expect(await refusalOf(oidc.authorizationCodeGrant(web, back, { ...mine.checks, expectedState: others.checks.expectedState }))).toBe('OAUTH_JWT_CLAIM_COMPARISON_FAILED')
    expect(asked).not.toContain('/token')
  })

  test('is told of a refusal in the fragment too', async () => {
    const { url, checks } = await begin('fragment')
    url.searchParams.set('prompt', 'none')
    const back = addressOf(await new UserAgent(demo.issuer).visit(url))
    expect([back.search, new URLSearchParams(back.hash.slice(1)).get('error')]).toEqual(['', 'login_required'])
    expect(await refusalOf(oidc.authorizationCodeGrant(web, back, checks))).toBe('OAUTH_AUTHORIZATION_RESPONSE_ERROR')
  })
})

const codeIn = (back: URL) => new URLSearchParams(back.hash.slice(1)).get('code') ?? ''

describe('a device', () => {
  const initiate = () => oidc.initiateDeviceAuthorization(tv, { scope: 'openid profile offline_access api' })
  const pollOnce = (device_code: string) => refusalOf(oidc.genericGrantRequest(tv, DEVICE_CODE, { device_code }))

  test.concurrent('waits, is slowed down, recovers, and gets tokens that work', async () => {
    const device = await initiate()
    expect(device).toMatchObject({ verification_uri: `${demo.issuer}/device`, expires_in: 600, interval: 5 })
    const polling = oidc.pollDeviceAuthorizationGrant(tv, device)
    // A poll in between, so that its own first one comes too soon.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await pollOnce(device.device_code)).toBe('400 authorization_pending')
    expect(demo.server().output()).not.toMatch(/"key":"slow_down"/)
    await approveDevice(demo.issuer, device.verification_uri_complete ?? '', 'allow')
    const tokens = await polling
    expect(tokens.claims()).toMatchObject({ iss: demo.issuer, sub: 'alice', aud: 'tv' })
    expect(await oidc.fetchUserInfo(tv, tokens.access_token, 'alice')).toMatchObject({ name: 'Alice Anders' })
    const refreshed = await oidc.refreshTokenGrant(tv, tokens.refresh_token ?? '')
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    expect(await pollOnce(device.device_code)).toBe('400 invalid_grant')
    expect(demo.server().output().match(/"key":"slow_down"/g)).toHaveLength(1)
  })

  test.concurrent('is not let in by a page that was shown to somebody who has left the browser since', async () => {
    const device = await initiate()
    const agent = new UserAgent(demo.issuer)
    const login = pageOf(await agent.visit(device.verification_uri_complete ?? ''))
    const confirmation = pageOf(await agent.submit(pageOf(await agent.submit(login, { username: 'alice', password: 'alice' })), {}))
    expect(has(confirmation, 'button[value=allow]')).toBe(true)
    const { url } = await begin('fragment')
    url.searchParams.set('prompt', 'login')
    await agent.submit(pageOf(await agent.visit(url)), { username: 'bob', password: 'bob' })
    const again = pageOf(await agent.submit(confirmation, { decision: 'allow' }))
    expect([has(again, 'button[value=allow]'), again.html.text.includes('bob@example.com') || again.html.text.includes('Bob')]).toEqual([true, true])
    expect(await pollOnce(device.device_code)).toBe('400 authorization_pending')
  })

  test.concurrent('is told of a no', async () => {
    const device = await initiate()
    const polling = refusalOf(oidc.pollDeviceAuthorizationGrant(tv, device))
    await approveDevice(demo.issuer, device.verification_uri_complete ?? '', 'deny')
    expect(await polling).toBe('400 access_denied')
  })
})

describe('what a token stands for', () => {
  test('a client asks about its own, and learns nothing of those of others', async () => {
    const service = await discover('service', oidc.ClientSecretBasic(SECRETS.service))
    const { access_token } = await oidc.clientCredentialsGrant(service, { scope: 'api' })
    expect(await oidc.tokenIntrospection(service, access_token)).toMatchObject({ active: true, client_id: 'service', scope: 'api', iss: demo.issuer, token_type: 'Bearer' })
    expect(await oidc.tokenIntrospection(web, access_token)).toEqual({ active: false })
    expect(await refusalOf(oidc.tokenIntrospection(await discover('web', oidc.ClientSecretBasic('wrong')), access_token))).toBe('401 invalid_client')
  })

  test('the software of a resource asks about the tokens for it, and for nothing else', async () => {
    const secrets = { orders: 'secret-of-the-orders-api-0123456789', caller: 'secret-of-the-calling-service-01234' }
    const server = await startConfigured({
      resources: [
        { resource: 'https://orders.example.com', scopes: ['orders'], operatedBy: ['orders'] },
        { resource: 'https://stock.example.com', scopes: ['stock'] },
      ],
      clients: [
        { client_id: 'orders', client_secret: secrets.orders, grant_types: ['client_credentials'], scope: 'orders' },
        { client_id: 'caller', token_endpoint_auth_method: 'client_secret_post', client_secret: secrets.caller, grant_types: ['client_credentials'], scope: 'orders stock' },
      ],
    })
    try {
      const orders = await discover('orders', oidc.ClientSecretBasic(secrets.orders), [], server.issuer)
      const caller = await discover('caller', oidc.ClientSecretPost(secrets.caller), [], server.issuer)
      const both = await oidc.clientCredentialsGrant(caller, { scope: 'orders stock' })
      const told = await oidc.tokenIntrospection(orders, both.access_token)
      expect(told).toMatchObject({ active: true, client_id: 'caller', scope: 'orders' })
      expect(told.aud).toContain('https://orders.example.com')
      const stock = await oidc.clientCredentialsGrant(caller, { scope: 'stock' })
      expect(await oidc.tokenIntrospection(orders, stock.access_token)).toEqual({ active: false })
      await oidc.tokenRevocation(caller, both.access_token)
      expect(await oidc.tokenIntrospection(orders, both.access_token)).toEqual({ active: false })
    } finally {
      await server.stop()
    }
  })
})

describe('revocation', () => {
  async function tokens() {
    const { url, checks } = await begin('fragment')
    return oidc.authorizationCodeGrant(web, await signIn(new UserAgent(demo.issuer), url), checks)
  }

  test('of a refresh token ends all that came of it', async () => {
    const first = await tokens()
    const other = await tokens()
    const second = await oidc.refreshTokenGrant(web, first.refresh_token ?? '')
    await oidc.tokenRevocation(web, first.refresh_token ?? '', { token_type_hint: 'refresh_token' })
    await oidc.tokenRevocation(web, first.refresh_token ?? '')
    expect(await refusalOf(oidc.refreshTokenGrant(web, first.refresh_token ?? ''))).toBe('400 invalid_grant')
    for (const { access_token } of [first, second]) {
      expect(await refusalOf(oidc.fetchUserInfo(web, access_token, 'alice'))).toBe('401 invalid_token')
      expect(await oidc.tokenIntrospection(web, access_token)).toEqual({ active: false })
    }
    expect(await oidc.fetchUserInfo(web, other.access_token, 'alice')).toMatchObject({ sub: 'alice' })
  })

  test('by another client changes nothing', async () => {
    const { refresh_token = '', access_token } = await tokens()
    for (const token of [refresh_token, access_token]) expect(await refusalOf(oidc.tokenRevocation(tv, token))).toBe('400 unauthorized_client')
    expect(await oidc.fetchUserInfo(web, access_token, 'alice')).toMatchObject({ sub: 'alice' })
    expect((await oidc.refreshTokenGrant(web, refresh_token)).access_token).toBeTruthy()
  })
})
