import express, { type ErrorRequestHandler } from 'express'
import { auth, type ConfigParams } from 'express-openid-connect'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveApplication } from './running/application.ts'
import { openProfile, startBrowser } from './running/browser.ts'
import { freePorts } from './running/child.ts'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'
import { signInOn } from './running/sign-in-page.ts'
import { pageOf, UserAgent } from './running/user-agent.ts'

const SECRET = 'a-secret-of-the-tests-that-is-long-enough-1'
const CLAIMS = { name: 'Carol Clark', email: 'carol@example.com', email_verified: true }

type LogoutStore = NonNullable<Exclude<ConfigParams['backchannelLogout'], boolean | undefined>['store']>

let browser: Browser
let server: Awaited<ReturnType<typeof startConfigured>>
let at: { readonly code: string; readonly hybrid: string }
const stops: (() => Promise<void>)[] = []

const clientAt = (client_id: string, origin: string, more: object) => ({
  client_id, client_secret: SECRET, redirect_uris: [`${origin}/callback`], post_logout_redirect_uris: [origin], backchannel_logout_uri: `${origin}/backchannel-logout`,
  scope: 'openid profile email', policy: { consent: 'never' }, ...more,
})

beforeAll(async () => {
  const port = await freePorts(2)
  at = { code: `http://localhost:${port}`, hybrid: `http://localhost:${port + 1}` }
  browser = await startBrowser()
  server = await startConfigured({
    exam: { dangerouslyAllowLoopback: [`localhost:${port}`, `localhost:${port + 1}`] },
    users: [{ ...CAROL, claims: CLAIMS }],
    clients: [
      clientAt('express-code', at.code, {}),
      clientAt('express-hybrid', at.hybrid, { profile: 'oidc', grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'] }),
    ],
  })
  stops.push(await startApplication(port, 'express-code', { response_type: 'code' }), await startApplication(port + 1, 'express-hybrid', { response_type: 'code id_token', response_mode: 'form_post' }))
})
afterAll(async () => {
  await browser?.close()
  await Promise.all(stops.map((stop) => stop()))
  await server?.stop()
})

/** An application that says who is signed in at it. */
function startApplication(port: number, clientID: string, authorizationParams: ConfigParams['authorizationParams']): Promise<() => Promise<void>> {
  const app = express()
  const baseURL = `http://localhost:${port}`
  app.use(auth({ issuerBaseURL: server.issuer, baseURL, clientID, clientSecret: SECRET, secret: SECRET, authRequired: false, idpLogout: true, idTokenSigningAlg: 'RS256', authorizationParams: { scope: 'openid profile email', ...authorizationParams }, backchannelLogout: { store: loggedOut() } }))
  app.get('/', async ({ oidc }, answer) => void answer.json({ isSignedIn: oidc.isAuthenticated(), ...(oidc.isAuthenticated() ? { claims: oidc.idTokenClaims, userinfo: await oidc.fetchUserInfo() } : {}) }))
  const refused: ErrorRequestHandler = (error: Error, _, answer, _next) => void answer.status(400).json({ refused: error.message })
  app.use(refused)
  return serveApplication(port, app)
}

/** Where the application remembers who was logged out, in the shape of express-session. */
function loggedOut(): LogoutStore {
  const rows = new Map<string, Parameters<LogoutStore['set']>[1]>()
  return {
    get: (key, done) => done(null, rows.get(key)),
    set(key, row, done) {
      rows.set(key, row)
      done?.(null)
    },
    destroy(key, done) {
      rows.delete(key)
      done?.(null)
    },
  }
}

async function visitor(): Promise<Page> {
  return (await openProfile(browser)).context.newPage()
}

const said = async (page: Page) => JSON.parse((await page.textContent('body')) ?? '') as Record<string, unknown>

async function signIn(page: Page, origin: string): Promise<Record<string, unknown>> {
  await page.goto(`${origin}/login`)
  await signInOn(page, 'carol')
  await page.waitForURL(`${origin}/`)
  return said(page)
}

interface Answered {
  /** What the application remembers of its request, in the browser. */
  readonly cookies: string
  /** What our server answered. */
  readonly fields: URLSearchParams
}

/** Begins at the application and signs in at our server, but does not go back. */
async function answerOf(origin: string): Promise<Answered> {
  const begun = await fetch(`${origin}/login`, { redirect: 'manual' })
  const agent = new UserAgent(server.issuer)
  const arrival = await agent.submit(pageOf(await agent.visit(begun.headers.get('location') ?? '')), { username: 'carol', password: 'carol' })
  const cookies = begun.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
  if (arrival.left !== undefined) return { cookies, fields: arrival.left.searchParams }
  return { cookies, fields: new URLSearchParams(arrival.page.html.querySelectorAll('form input').map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])) }
}

/** Brings an answer to the application, with some of it replaced; answers its status and what it refused. */
async function deliver(origin: string, { cookies, fields }: Answered, forged: Readonly<Record<string, string>> = {}): Promise<readonly [status: number, refused: string | undefined]> {
  const sent = new URLSearchParams({ ...Object.fromEntries(fields), ...forged })
  const headers = { cookie: cookies }
  const answer = origin === at.code ? await fetch(`${origin}/callback?${sent}`, { headers, redirect: 'manual' }) : await fetch(`${origin}/callback`, { method: 'POST', body: sent, headers, redirect: 'manual' })
  return [answer.status, answer.status === 302 ? undefined : ((await answer.json()) as { refused?: string }).refused]
}

describe.each([
  ['code with PKCE', 'code'],
  ['code id_token by form_post', 'hybrid'],
] as const)('express-openid-connect, %s', (_, flow) => {
  test('signs in, and knows the user by the ID Token and by userinfo', async () => {
    const page = await visitor()
    const asked: URL[] = []
    page.on('request', (request) => void asked.push(new URL(request.url())))
    expect(await signIn(page, at[flow])).toMatchObject({ isSignedIn: true, claims: { iss: server.issuer, sub: 'carol', aud: `express-${flow}`, sid: expect.any(String) as string }, userinfo: { sub: 'carol', ...CLAIMS } })
    const request = asked.find(({ pathname }) => pathname === '/authorize')?.searchParams
    expect([request?.get('code_challenge_method'), request?.get('response_type')]).toEqual(['S256', flow === 'code' ? 'code' : 'code id_token'])
    await page.context().close()
  })

  test('notices another code, another state, and an answer that is not for this browser', async () => {
    const [mine, yours] = [await answerOf(at[flow]), await answerOf(at[flow])]
    const foreign = flow === 'code' ? /invalid_grant|response body/ : /unexpected JWT claim value/
    expect(await deliver(at[flow], mine, { code: yours.fields.get('code') ?? '' })).toEqual([400, expect.stringMatching(foreign) as string])
    expect(await deliver(at[flow], mine, { state: 'forged' })).toEqual([400, 'invalid response encountered'])
    expect(await deliver(at[flow], { ...mine, cookies: yours.cookies })).toEqual([400, expect.stringMatching(foreign) as string])
    expect(await deliver(at[flow], { ...mine, cookies: '' })).toEqual([400, expect.stringMatching('cookie not found') as string])
    expect(await deliver(at[flow], await answerOf(at[flow]))).toEqual([302, undefined])
  })

  test('LOGOUT-7 takes our logout token: whoever signs out at us is signed out there', async () => {
    const page = await visitor()
    await signIn(page, at[flow])
    await page.goto(`${server.issuer}/logout`)
    await page.click('button[value=allow]')
    await expect.poll(async () => (await page.goto(at[flow]), (await said(page))['isSignedIn'])).toBe(false)
    await page.context().close()
  })

  test('refuses a logout token that we have not signed', async () => {
    const [header, claims] = [{ alg: 'RS256', typ: 'logout+jwt' }, { iss: server.issuer, aud: `express-${flow}`, sub: 'carol', iat: 1, jti: 'j', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const answer = await fetch(`${at[flow]}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token: `${header}.${claims}.${'A'.repeat(342)}` }) })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })

  test('signs out at us, too, and is back where it asked to be', async () => {
    const page = await visitor()
    await signIn(page, at[flow])
    await page.goto(`${at[flow]}/logout`)
    if (page.url().startsWith(server.issuer)) await page.waitForURL(`${at[flow]}/**`)
    expect(await said(page)).toEqual({ isSignedIn: false })
    await page.goto(`${at[flow]}/login`)
    expect(await page.isVisible('[name=password]')).toBe(true)
    await page.context().close()
  })
})
