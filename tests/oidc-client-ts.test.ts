import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveApplication } from './running/application.ts'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { freePorts } from './running/child.ts'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'
import { signInOn } from './running/sign-in-page.ts'

const CLAIMS = { name: 'Carol Clark', email: 'carol@example.com' }

/** An application that only brings the library, and writes down what it tells. */
const APPLICATION = `
  import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
  const { issuer } = await (await fetch('/config.json')).json()
  const at = (path) => location.origin + path
  window.told = []
  window.manager = new UserManager({
    authority: issuer, client_id: 'oidc-client-ts', scope: 'openid profile email offline_access', response_type: 'code',
    redirect_uri: at('/callback'), popup_redirect_uri: at('/popup'), silent_redirect_uri: at('/silent'), post_logout_redirect_uri: at('/'), popup_post_logout_redirect_uri: at('/popup-bye'),
    loadUserInfo: true, automaticSilentRenew: false, monitorSession: true, checkSessionIntervalInSeconds: 1,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  })
  const { manager, told } = window
  for (const name of ['UserSignedIn', 'UserSignedOut', 'UserSessionChanged', 'UserUnloaded', 'SilentRenewError']) manager.events['add' + name](() => told.push(name))
  if (location.pathname === '/callback') {
    window.signedIn = await manager.signinRedirectCallback().catch(error => ({ refused: error.message }))
    history.replaceState({}, '', '/')
  }
  if (location.pathname === '/popup') await manager.signinPopupCallback()
  if (location.pathname === '/silent') await manager.signinSilentCallback()
  if (location.pathname === '/popup-bye') await manager.signoutPopupCallback()
  document.documentElement.dataset.ready = 'yes'
`

let browser: Browser
let server: Awaited<ReturnType<typeof startConfigured>>
let stop: () => Promise<void>
let app: string

beforeAll(async () => {
  const port = await freePorts(1)
  app = `http://localhost:${port}`
  browser = await startBrowser()
  server = await startConfigured({
    users: [{ ...CAROL, claims: CLAIMS }],
    clients: [
      {
        client_id: 'oidc-client-ts', token_endpoint_auth_method: 'none', redirect_uris: ['/callback', '/popup', '/silent'].map((path) => app + path), post_logout_redirect_uris: [`${app}/`, `${app}/popup-bye`],
        grant_types: ['authorization_code', 'refresh_token'], scope: 'openid profile email offline_access', allowed_cors_origins: [app], policy: { consent: 'never' },
      },
    ],
  })
  const { outputFiles } = await build({ stdin: { contents: APPLICATION, resolveDir: import.meta.dirname, loader: 'js' }, bundle: true, format: 'esm', target: 'es2022', write: false, logLevel: 'silent' })
  const [script] = outputFiles
  stop = await serveApplication(port, ({ url }, answer) => {
    if (url === '/config.json') answer.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer: server.issuer }))
    else if (url === '/script.js') answer.setHeader('content-type', 'text/javascript').end(script?.contents)
    else answer.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>')
  })
})
afterAll(async () => {
  await browser?.close()
  await stop?.()
  await server?.stop()
})

async function visitor(): Promise<{ page: Page; profile: Profile }> {
  const profile = await openProfile(browser)
  const page = await profile.context.newPage()
  await open(page, app)
  return { page, profile }
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.waitForSelector('[data-ready]')
}

/** Signs in by redirect. */
async function signIn(page: Page): Promise<void> {
  await page.evaluate('void manager.signinRedirect()')
  await signInOn(page, 'carol')
  await page.waitForURL(`${app}/**`)
  await page.waitForSelector('[data-ready]')
}

const user = (page: Page) => page.evaluate<{ profile: object; session_state: string; refresh_token: string; access_token: string } | null>('manager.getUser()')
const told = (page: Page) => page.evaluate<string[]>('told')
const WHO = () => ({ profile: { iss: server.issuer, sub: 'carol', aud: 'oidc-client-ts', ...CLAIMS }, session_state: expect.stringMatching(/^[\w-]{43}\.[\w-]+$/) as string })

test('oidc-client-ts signs in by redirect, renews by its refresh token, and signs out', async () => {
  const { page, profile } = await visitor()
  await signIn(page)
  const before = await user(page)
  expect(before).toMatchObject({ ...WHO(), token_type: 'Bearer', refresh_token: expect.any(String) as string })
  const after = await page.evaluate('manager.signinSilent()')
  expect(after).toMatchObject({ profile: { sub: 'carol' }, access_token: expect.not.stringMatching(before?.access_token ?? '') as string })
  await page.evaluate('void manager.signoutRedirect({ state: 1 })')
  await page.waitForURL(`${app}/?state=**`)
  await page.waitForSelector('[data-ready]')
  expect(await user(page)).toBeNull()
  expect(profile.complaints).toEqual([])
  await page.context().close()
})

test('oidc-client-ts renews in a frame, without a refresh token, on the same site', async () => {
  const { page, profile } = await visitor()
  await signIn(page)
  const before = await user(page)
  const asked: string[] = []
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
  const after = await page.evaluate('manager.getUser().then(user => manager.storeUser({ ...user, refresh_token: undefined, toStorageString: () => JSON.stringify({ ...user, refresh_token: undefined }) })).then(() => manager.signinSilent({ scope: "openid profile email" }))')
  expect(after).toMatchObject({ profile: { sub: 'carol' }, access_token: expect.not.stringMatching(before?.access_token ?? '') as string })
  expect(asked).toEqual(expect.arrayContaining(['/authorize', '/silent', '/token']))
  expect(profile.complaints).toEqual([])
  await page.context().close()
})

test('oidc-client-ts signs in and out by popup', async () => {
  const { page, profile } = await visitor()
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate('void manager.signinPopup().then(user => (window.signedIn = user))')])
  await signInOn(popup, 'carol')
  await page.waitForFunction('window.signedIn !== undefined')
  expect(await user(page)).toMatchObject(WHO())
  const [bye] = await Promise.all([page.waitForEvent('popup'), page.evaluate('void manager.signoutPopup().then(() => (window.signedOut = true))')])
  if (!bye.isClosed()) await bye.waitForEvent('close')
  await page.waitForFunction('window.signedOut === true')
  expect(await user(page)).toBeNull()
  await open(page, app)
  await page.evaluate('void manager.signinRedirect()')
  await page.waitForSelector('[name=password]')
  expect(profile.complaints).toEqual([])
  await page.context().close()
})

test('LOGOUT-8 oidc-client-ts notices in its session frame that the user signed out in another tab, and not before', async () => {
  const { page, profile } = await visitor()
  await signIn(page)
  await expect.poll(() => page.frames().some((frame) => frame.url() === `${server.issuer}/check_session`)).toBe(true)
  const other = await page.context().newPage()
  await other.goto(`${server.issuer}/logout`)
  expect(await told(page)).toEqual([])
  await other.click('button[value=allow]')
  await expect.poll(() => told(page), { timeout: 15_000 }).toEqual(['UserSignedOut'])
  expect(profile.complaints).toEqual([])
  await page.context().close()
})

test.each([
  ['state', 'No matching state'],
  ['code', 'code'],
])('oidc-client-ts refuses an answer with another %s', async (name, complaint) => {
  const { page } = await visitor()
  await page.evaluate('void manager.signinRedirect()')
  await page.waitForSelector('[name=password]')
  await page.goto(app)
  const state = (await page.evaluate<string[]>('Object.keys(localStorage)')).find((key) => key.startsWith('oidc.'))?.slice('oidc.'.length) ?? ''
  await open(page, `${app}/callback?${new URLSearchParams({ code: 'x'.repeat(43), state: name === 'state' ? 'forged' : state, iss: server.issuer })}`)
  expect(await page.evaluate('signedIn')).toEqual({ refused: expect.stringContaining(complaint) as string })
  expect(await user(page)).toBeNull()
  await page.context().close()
})
