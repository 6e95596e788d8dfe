import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openProfile, startBrowser, type Profile } from './running/browser.ts'
import { startDemo, type Demo } from './running/demo.ts'

/** An application of a few lines, in StrictMode, whose provider comes and goes once more as after a hot reload. */
const APPLICATION = `
  import { createAuth } from '@latchkey/browser'
  import { AuthProvider, RequireAuth, useAuth, useUser } from '@latchkey/react'
  import { createElement as h, StrictMode } from 'react'
  import { createRoot } from 'react-dom/client'

  const { issuer } = await (await fetch('/config.json')).json()
  const auth = createAuth({ issuer, clientId: 'spa', scope: 'openid profile offline_access api', tokens: 'local' })

  function Person() {
    const { logout, state } = useAuth()
    const user = useUser()
    return h('main', { 'data-return-to': state.returnTo }, h('p', { id: 'person' }, user.sub), h('button', { id: 'sign-out', onClick: () => logout() }, 'Sign out'))
  }
  function Application() {
    return h(AuthProvider, { auth }, h(RequireAuth, { fallback: h('p', { id: 'waiting' }, '…'), refused: (reason, retry) => h('button', { id: 'retry', onClick: retry }, reason.code) }, h(Person)))
  }
  const render = () => createRoot(document.querySelector('#root').appendChild(document.createElement('div')))
  const first = render()
  first.render(h(StrictMode, null, h(Application)))
  if (location.pathname === '/callback') {
    await new Promise(resolve => setTimeout(resolve, 0))
    first.unmount()
    render().render(h(StrictMode, null, h(Application)))
  }
`

let browser: Browser
let script: string
let demo: Demo
let server: Server
let profile: Profile

beforeAll(async () => {
  browser = await startBrowser()
  // React's development build, because only that runs everything twice in StrictMode.
  const { outputFiles } = await build({ stdin: { contents: APPLICATION, resolveDir: import.meta.dirname, loader: 'js' }, bundle: true, format: 'esm', target: 'es2022', splitting: true, outdir: '/out', write: false, define: { 'process.env.NODE_ENV': '"development"' }, logLevel: 'silent' })
  script = outputFiles.find(({ path }) => path.endsWith('stdin.js'))?.text ?? ''
  expect(gzipSync(script).length).toBeGreaterThan(10_000)
  chunks = new Map(outputFiles.map(({ path, text }) => [path.replace('/out', ''), text]))
})
let chunks = new Map<string, string>()
afterAll(() => browser?.close())
beforeEach(async () => {
  demo = await startDemo()
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', demo.spa).pathname
    const chunk = chunks.get(path)
    if (path === '/config.json') response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer: demo.issuer }))
    else if (chunk !== undefined) response.setHeader('content-type', 'text/javascript').end(chunk)
    else response.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/stdin.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(Number(new URL(demo.spa).port), 'localhost', resolve))
  profile = await openProfile(browser)
})
afterEach(async () => {
  await profile?.context.close()
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve))
  await demo?.stop()
})

async function allow(page: Page): Promise<void> {
  await page.fill('[name=username]', 'alice')
  await page.fill('[name=password]', 'alice')
  await page.click('button[type=submit]')
  await page.click('button[value=allow]')
}

const redemptions = () => profile.seen.filter(({ url, body }) => url.endsWith('/token') && body.includes('authorization_code')).map(({ status }) => status)

test('in StrictMode a stranger is sent to sign in once, and the code is redeemed once', async () => {
  const page = await profile.context.newPage()
  await page.goto(`${demo.spa}/inbox`)
  await allow(page)
  expect(await page.textContent('#person')).toBe('alice')
  expect(await page.getAttribute('main', 'data-return-to')).toBe('/inbox')
  expect(redemptions()).toEqual([200])
  expect(profile.seen.filter(({ url }) => url.startsWith(`${demo.issuer}/authorize?`))).toHaveLength(1)
  await page.reload()
  expect(await page.textContent('#person')).toBe('alice')
  expect(redemptions()).toEqual([200])
  expect(profile.complaints).toEqual([])
})

test('a user who denies is told so, is not sent away again by themselves, and may try again', async () => {
  const page = await profile.context.newPage()
  await page.goto(`${demo.spa}/`)
  await page.fill('[name=username]', 'alice')
  await page.fill('[name=password]', 'alice')
  await page.click('button[type=submit]')
  await page.click('button[value=deny]')
  expect(await page.textContent('#retry')).toBe('access_denied')
  await page.click('#retry')
  await page.click('button[value=allow]')
  expect(await page.textContent('#person')).toBe('alice')
})

test('signing out is not crossed by signing in', async () => {
  const page = await profile.context.newPage()
  await page.goto(`${demo.spa}/`)
  await allow(page)
  await page.waitForSelector('#person')
  const before = profile.seen.length
  await page.click('#sign-out')
  await expect.poll(() => profile.seen.slice(before).map(({ url }) => new URL(url).pathname).some((path) => path === '/end_session' || path === '/authorize')).toBe(true)
  const departures = profile.seen.slice(before).filter(({ url }) => url.startsWith(demo.issuer) && !url.endsWith('/openid-configuration'))
  expect(departures.slice(0, 1).map(({ url }) => new URL(url).pathname)).toEqual([await endSessionPath()])
})

/** Where a sign-out leads: to the issuer's page for it, or, without one, to its next sign-in. */
async function endSessionPath(): Promise<string> {
  const { end_session_endpoint, authorization_endpoint } = await (await fetch(`${demo.issuer}/.well-known/openid-configuration`)).json()
  return new URL(end_session_endpoint ?? authorization_endpoint).pathname
}
