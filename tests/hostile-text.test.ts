import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { freePorts } from './running/child.ts'
import { type ClientSite, listenAsClient } from './running/client-site.ts'
import { startConfigured } from './running/configured.ts'
import { signInOn } from './running/sign-in-page.ts'

const HOSTILE = `"><script>pwned=1</script><img src=x onerror="pwned=1">'\`\${pwned=1}</title>`
/** The same in the characters that the name of a scope can have. */
const SCOPE = `><script>pwned=1</script><svg/onload=pwned=1>`

let browser: Browser
let site: ClientSite
let server: Awaited<ReturnType<typeof startConfigured>>
let rp: string
let profile: Profile
let page: Page

beforeAll(async () => {
  const port = await freePorts(1)
  rp = `http://localhost:${port}`
  ;[browser, site, server] = await Promise.all([
    startBrowser(),
    listenAsClient(port),
    startConfigured({
      users: [{ sub: 'carol', username: 'carol', password: 'carol', claims: { name: HOSTILE } }],
      scopes: [{ name: SCOPE }, { name: 'told', description: HOSTILE }],
      clients: [
        { client_id: 'web', client_name: HOSTILE, token_endpoint_auth_method: 'none', redirect_uris: [`${rp}/callback`], post_logout_redirect_uris: [`${rp}/bye`], grant_types: ['authorization_code'], scope: `openid ${SCOPE} told` },
        { client_id: SCOPE, token_endpoint_auth_method: 'none', redirect_uris: [`${rp}/callback`], grant_types: ['authorization_code'], scope: 'openid' },
        { client_id: 'tv', client_name: HOSTILE, token_endpoint_auth_method: 'none', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], scope: `openid ${SCOPE}` },
      ],
    }),
  ])
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
  await server?.stop()
})
beforeEach(async () => {
  site.forget()
  profile = await openProfile(browser)
  page = await profile.context.newPage()
  page.on('dialog', (dialog) => void profile.complaints.push(`dialog: ${dialog.message()}`))
})

const authorize = (more: Readonly<Record<string, string>> = {}) =>
  `${server.issuer}/authorize?${new URLSearchParams({ client_id: 'web', response_type: 'code', redirect_uri: `${rp}/callback`, scope: `openid ${SCOPE} told`, state: HOSTILE, nonce: HOSTILE, login_hint: HOSTILE, ui_locales: HOSTILE, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', ...more })}`

/** That nothing ran on this page of ours, nothing tried to, and these texts are read as they are. */
async function isInert(...texts: readonly string[]): Promise<void> {
  expect(new URL(page.url()).origin).toBe(server.issuer)
  expect(await page.evaluate('[typeof pwned, document.querySelectorAll("script, [onerror], [onload], [src=x]").length]')).toEqual(['undefined', 0])
  const shown = (await page.textContent('body'))?.replace(/\s+/g, ' ') ?? ''
  for (const text of texts) expect(shown).toContain(text)
  expect(profile.complaints).toEqual([])
}

/** The hostile text up to where pages cut a long one. */
const SHORT = HOSTILE.slice(0, 60)

test('V02 the pages of a sign-in, and what goes home by form_post', async () => {
  await page.goto(authorize({ response_mode: 'form_post' }))
  await isInert(SHORT)
  expect(await page.inputValue('[name=username]')).toBe(HOSTILE)
  await page.fill('[name=username]', `carol ${HOSTILE}`)
  await page.fill('[name=password]', HOSTILE)
  await page.click('button[type=submit]')
  await page.waitForSelector('[role=alert]')
  await isInert(SHORT)
  expect(await page.inputValue('[name=username]')).toBe(`carol ${HOSTILE}`)
  await signInOn(page, 'carol')
  await page.waitForURL(/\/consent/)
  await isInert(SHORT, SCOPE)
  expect((await page.textContent('.account'))?.replace(/\s+/g, ' ')).toContain(SHORT)
  await page.click('button[value=allow]')
  await page.waitForURL(`${rp}/**`)
  expect(new URLSearchParams(site.requests.at(-1)?.split('\n').at(-1)).get('state')).toBe(HOSTILE)
  expect(await page.evaluate('typeof pwned')).toBe('undefined')
  expect(profile.complaints).toEqual([])
  await page.context().close()
})

test('V02 the page that posts an answer, where scripts of ours may not run', async () => {
  const scriptless = await openProfile(browser, { javaScriptEnabled: false })
  const still = await scriptless.context.newPage()
  await still.goto(authorize({ response_mode: 'form_post', prompt: 'none' }))
  expect([await still.locator('input[name=state]').getAttribute('value'), await still.locator('img, script[src]').count()]).toEqual([HOSTILE, 0])
  await still.click('button')
  await still.waitForURL(`${rp}/callback`)
  expect(new URLSearchParams(site.requests.at(-1)?.split('\n').at(-1)).get('state')).toBe(HOSTILE)
  await scriptless.context.close()
  await page.context().close()
})

test.each([
  ['client_id', () => authorize({ client_id: HOSTILE })],
  ['client_id of a client', () => authorize({ client_id: SCOPE, redirect_uri: `${rp}/elsewhere` })],
  ['redirect_uri', () => authorize({ redirect_uri: HOSTILE })],
  ['host of redirect_uri', () => authorize({ redirect_uri: `https://${HOSTILE}.example/` })],
  ['redirect_uri with a script for a scheme', () => authorize({ redirect_uri: 'javascript:pwned=1' })],
  ['request', () => authorize({ request: HOSTILE, redirect_uri: HOSTILE })],
  ['request_uri', () => authorize({ request_uri: HOSTILE, redirect_uri: HOSTILE })],
  ['name of a parameter', () => authorize({ client_id: 'nobody', [HOSTILE]: HOSTILE })],
  ['path', () => `${server.issuer}/${encodeURIComponent(HOSTILE)}`],
  ['path, as it stands', () => `${server.issuer}/${HOSTILE}`],
  ['interaction', () => `${server.issuer}/consent?interaction=${encodeURIComponent(HOSTILE)}`],
  ['error, error_description and error_hint', () => `${server.issuer}/error?${new URLSearchParams({ error: HOSTILE, error_description: HOSTILE, error_hint: HOSTILE })}`],
  ['id_token_hint', () => `${server.issuer}/end_session?${new URLSearchParams({ id_token_hint: HOSTILE, post_logout_redirect_uri: HOSTILE, state: HOSTILE, ui_locales: HOSTILE })}`],
])('V02 %s, on the page that answers it', async (_, address) => {
  await page.goto(address())
  await isInert()
  await page.context().close()
})

test('V02 the scope and the login page of a client with a hostile name', async () => {
  await page.goto(authorize({ client_id: SCOPE, scope: 'openid' }))
  await isInert(SCOPE)
  await page.goto(authorize({ scope: `openid ${HOSTILE}` }))
  expect(page.url().startsWith(`${rp}/callback?`)).toBe(true)
  expect([new URL(page.url()).searchParams.get('error'), new URL(page.url()).searchParams.get('state'), profile.complaints]).toEqual(['invalid_scope', HOSTILE, []])
  await page.context().close()
})

test('V02 the device pages: the code, what the device says it is, and its client', async () => {
  const answer = await fetch(`${server.issuer}/device_authorization`, { method: 'POST', headers: { 'user-agent': SHORT }, body: new URLSearchParams({ client_id: 'tv', scope: `openid ${SCOPE}` }) })
  const { user_code } = (await answer.json()) as { user_code: string }
  await page.goto(`${server.issuer}/device?${new URLSearchParams({ user_code: HOSTILE, ui_locales: HOSTILE })}`)
  await isInert()
  await signInOn(page, 'carol')
  await page.waitForSelector('[name=user_code]')
  await isInert()
  await page.fill('[name=user_code]', HOSTILE.slice(0, 30))
  await page.click('main form button[type=submit]:not([value])')
  await page.waitForSelector('[role=alert]')
  await isInert()
  expect(await page.inputValue('[name=user_code]')).toBe(HOSTILE.slice(0, 30))
  await page.fill('[name=user_code]', user_code)
  await page.click('main form button[type=submit]:not([value])')
  await page.waitForSelector('button[value=allow]')
  await isInert(SHORT, SCOPE)
  await page.click('button[value=deny]')
  await isInert()
  await page.context().close()
})

test('V02 the logout pages', async () => {
  await page.goto(authorize({ prompt: 'consent' }))
  await signInOn(page, 'carol')
  await page.waitForURL(/\/consent/)
  await page.goto(`${server.issuer}/end_session?${new URLSearchParams({ client_id: 'web', post_logout_redirect_uri: `${rp}/bye`, state: HOSTILE, ui_locales: HOSTILE, logout_hint: HOSTILE })}`)
  await isInert(SHORT)
  await page.click('button[value=deny]')
  await isInert()
  await page.goBack()
  await page.click('button[value=allow]')
  await page.waitForSelector('h1')
  await isInert()
  await page.context().close()
})
