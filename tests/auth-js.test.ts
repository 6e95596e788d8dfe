import { inspect } from 'node:util'
import { Auth, type AuthConfig } from '@auth/core'
import { decodeJwt } from 'jose'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestAt, serveApplication } from './running/application.ts'
import { openProfile, startBrowser } from './running/browser.ts'
import { freePorts } from './running/child.ts'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'
import { signInOn } from './running/sign-in-page.ts'

const SECRET = 'a-secret-of-the-tests-that-is-long-enough-2'
const CLAIMS = { name: 'Carol Clark', email: 'carol@example.com' }

let browser: Browser
let server: Awaited<ReturnType<typeof startConfigured>>
let stop: () => Promise<void>
let app: string
/** The ID Tokens that the application was given, the last one last. */
const idTokens: string[] = []
/** What the application complained of. */
const complaints: string[] = []

beforeAll(async () => {
  const port = await freePorts(1)
  app = `http://localhost:${port}`
  browser = await startBrowser()
  server = await startConfigured({
    users: [{ ...CAROL, claims: CLAIMS }],
    clients: [{ client_id: 'auth-js', client_secret: SECRET, redirect_uris: [`${app}/auth/callback/latchkey`], post_logout_redirect_uris: [`${app}/bye`], scope: 'openid profile email' }],
  })
  const config: AuthConfig = {
    basePath: '/auth',
    secret: SECRET,
    trustHost: true,
    providers: [{ id: 'latchkey', name: 'Latchkey', type: 'oidc', issuer: server.issuer, clientId: 'auth-js', clientSecret: SECRET, idToken: false, authorization: { params: { prompt: 'consent' } }, checks: ['pkce', 'state', 'nonce'] }],
    callbacks: {
      jwt({ token, account }) {
        if (account?.id_token !== undefined) idTokens.push(account.id_token)
        return token
      },
    },
    logger: { error: (error) => void complaints.push(inspect(error)), warn: () => undefined, debug: () => undefined },
  }
  stop = await serveApplication(port, async (http, answer) => {
    if (http.url?.startsWith('/auth') !== true) return void answer.setHeader('content-type', 'text/html').end('<title>App</title><h1>The application</h1>')
    const answered = await Auth(await requestAt(app, http), config)
    answer.writeHead(answered.status, [...answered.headers].flat()).end(await answered.text())
  })
})
afterAll(async () => {
  await browser?.close()
  await stop?.()
  await server?.stop()
})

async function visitor(): Promise<Page> {
  return (await openProfile(browser)).context.newPage()
}

const sessionAt = async (page: Page): Promise<unknown> => (await page.request.get(`${app}/auth/session`)).json()

/** Presses the button of the application to sign in, and signs in at our server. */
async function begin(page: Page): Promise<void> {
  await page.goto(`${app}/auth/signin`)
  await page.click('button[type=submit]')
  await signInOn(page, 'carol')
  await page.waitForURL(/\/consent/)
}

test('@auth/core signs in with code, PKCE, state and nonce, and signs out at both', async () => {
  const page = await visitor()
  expect(await sessionAt(page)).toBeNull()
  await begin(page)
  await page.click('button[value=allow]')
  await page.waitForURL(`${app}/**`)
  expect([complaints, await sessionAt(page)]).toEqual([[], expect.objectContaining({ user: CLAIMS })])
  expect(decodeJwt(idTokens.at(-1) ?? '')).toMatchObject({ iss: server.issuer, sub: 'carol', aud: 'auth-js', nonce: expect.any(String) as string })
  await page.goto(`${app}/auth/signout`)
  await page.click('button[type=submit]')
  await page.waitForURL(app)
  expect(await sessionAt(page)).toBeNull()
  await page.goto(`${server.issuer}/end_session?${new URLSearchParams({ id_token_hint: idTokens.at(-1) ?? '', post_logout_redirect_uri: `${app}/bye`, state: 'S' })}`)
  await page.waitForURL(`${app}/bye?state=S`)
  await page.goto(`${app}/auth/signin`)
  await page.click('button[type=submit]')
  await page.waitForSelector('[name=password]')
  await page.context().close()
})

test('@auth/core is told when the user says no, and nobody is signed in', async () => {
  const page = await visitor()
  await page.goto(`${app}/auth/signin`)
  await page.click('button[type=submit]')
  await page.click('button[value=deny]')
  await page.waitForURL(`${app}/auth/**`)
  expect([await sessionAt(page), complaints.splice(0).join()]).toEqual([null, expect.stringContaining('OAuthCallbackError')])
  await page.context().close()
})

test.each([
  ['nonce', 'nonce', 'JWT'],
  ['PKCE verifier', 'pkce.code_verifier', 'invalid_grant'],
  ['state', 'state', 'state'],
])('@auth/core notices an answer whose %s is that of another sign-in', async (_, cookie, complaint) => {
  const [mine, yours] = [await visitor(), await visitor()]
  await begin(mine)
  await begin(yours)
  const name = `authjs.${cookie}`
  const { value = '' } = (await yours.context().cookies()).find((each) => each.name === name) ?? {}
  expect(value).not.toBe('')
  await mine.context().addCookies([{ name, value, url: app, httpOnly: true, sameSite: 'Lax' }])
  await mine.click('button[value=allow]')
  await mine.waitForURL(`${app}/**`)
  expect([await sessionAt(mine), complaints.splice(0).join()]).toEqual([null, expect.stringMatching(new RegExp(complaint, 'i'))])
  await Promise.all([mine, yours].map((page) => page.context().close()))
})
