import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { type ClientSite, listenAsClient } from './running/client-site.ts'
import { type Demo, startDemo } from './running/demo.ts'

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

let demo: Demo
let browser: Browser
let sites: { readonly spa: ClientSite; readonly web: ClientSite }
let profile: Profile

beforeAll(async () => {
  demo = await startDemo()
  browser = await startBrowser()
  sites = { spa: await listenAsClient(Number(new URL(demo.spa).port)), web: await listenAsClient(Number(new URL(demo.web).port)) }
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([sites?.spa.close(), sites?.web.close(), demo?.stop()])
})
beforeEach(async () => {
  for (const site of Object.values(sites)) site.forget()
  profile = await openProfile(browser)
})
afterEach(() => profile.context.close())

function authorization(more: Record<string, string> = {}, client: 'spa' | 'web' = 'spa'): string {
  const parameters = { client_id: client, response_type: 'code', redirect_uri: `${demo[client]}/callback`, scope: 'openid profile email offline_access api', code_challenge: CHALLENGE, code_challenge_method: 'S256', state: 'state-1', nonce: 'nonce-1', prompt: 'consent', ...more }
  return `${demo.issuer}/authorize?${new URLSearchParams(parameters)}`
}

async function open(url: string, { context } = profile): Promise<{ page: Page; answer: Response }> {
  const page = await context.newPage()
  const answer = await page.goto(url)
  if (answer === null) throw new Error(`no answer from ${url}`)
  return { page, answer }
}

async function signIn(page: Page, username = 'alice', password = username): Promise<void> {
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', password)
  await page.click('button[type=submit]')
}

const allow = (page: Page) => page.click('button[value=allow]')
const arrivesAt = (page: Page, origin: string) => page.waitForURL((url) => url.origin === origin)
const answerAt = (page: Page) => new URL(page.url()).searchParams

test('everything goes by 303, nothing of others is loaded, and the password reaches nobody else', async () => {
  const { page } = await open(authorization({ login_hint: 'alice' }))
  await page.waitForSelector('[name=password]')
  await signIn(page, 'alice')
  await allow(page)
  await arrivesAt(page, demo.spa)
  expect(Object.fromEntries(answerAt(page))).toEqual({ code: expect.any(String) as string, session_state: expect.any(String) as string, state: 'state-1', iss: demo.issuer })
  expect(profile.seen.filter(({ method, url }) => method === 'POST' && url.startsWith(demo.issuer)).map(({ status }) => status)).toEqual([303, 303])
  expect(new Set(profile.seen.map(({ url }) => new URL(url).origin))).toEqual(new Set([demo.issuer, demo.spa]))
  expect(profile.seen.filter(({ url, body }) => `${url} ${body}`.includes('password=')).map(({ url }) => new URL(url).pathname)).toEqual(['/login'])
  expect(sites.spa.requests).toHaveLength(1)
  expect(sites.spa.requests.join()).not.toMatch(/password|alice|referer/i)
  expect(profile.complaints).toEqual([])
})

test('signs in with scripts switched off', async () => {
  const scriptless = await openProfile(browser, { javaScriptEnabled: false })
  const { page } = await open(authorization(), scriptless)
  await signIn(page, 'alice', 'wrong')
  expect(await page.textContent('[role=alert]')).toBeTruthy()
  await page.fill('[name=password]', 'alice')
  await page.click('button[type=submit]')
  await allow(page)
  await arrivesAt(page, demo.spa)
  expect(answerAt(page).get('code')).toBeTruthy()
  await scriptless.context.close()
})

test('signs in by keyboard alone', async () => {
  const { page } = await open(authorization())
  await page.waitForFunction('document.activeElement.id === "username"')
  const focused = () => page.evaluate('document.activeElement?.getAttribute("value") ?? document.activeElement?.id') as Promise<string>
  await page.keyboard.type('alice')
  await page.keyboard.press('Tab')
  await page.keyboard.type('alice')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/consent/)
  const order: string[] = []
  for (let stops = 0; stops < 10 && order.at(-1) !== 'allow'; stops++) {
    await page.keyboard.press('Tab')
    order.push(await focused())
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
  }
  expect(order).toEqual(['switch', 'deny', 'allow'])
  await page.keyboard.press('Enter')
  await arrivesAt(page, demo.spa)
  expect(answerAt(page).get('code')).toBeTruthy()
})

test('a wrong password is said, and the username and the focus wait for the next try', async () => {
  const { page } = await open(authorization())
  await signIn(page, 'alice', 'wrong')
  await page.waitForSelector('[role=alert]')
  expect(await page.inputValue('[name=username]')).toBe('alice')
  expect(await page.inputValue('[name=password]')).toBe('')
  expect(await page.evaluate('document.activeElement.id')).toBe('password')
  expect(await page.getAttribute('[name=password]', 'aria-describedby')).toBe(await page.getAttribute('[role=alert]', 'id'))
  expect(profile.complaints).toEqual([])
})

test('another account can be chosen on the consent page', async () => {
  const { page } = await open(authorization())
  await signIn(page)
  await page.click('button[value=switch]')
  await page.waitForURL(/\/login/)
  await signIn(page, 'bob')
  await page.waitForURL(/\/consent/)
  expect(await page.textContent('.account')).toContain('Bob Brown')
})

describe('going back and twice', () => {
  test('from the consent page back to the login page, one can sign in again and go on', async () => {
    const { page } = await open(authorization())
    await signIn(page)
    await page.waitForURL(/\/consent/)
    await page.goBack()
    await page.waitForURL(/\/login/)
    await signIn(page, 'bob')
    await page.waitForURL(/\/consent/)
    expect(await page.textContent('.account')).toContain('Bob Brown')
    await allow(page)
    await arrivesAt(page, demo.spa)
    expect(answerAt(page).get('code')).toBeTruthy()
  })

  test('after the end, the old consent page can not be sent again', async () => {
    const { page } = await open(authorization())
    await signIn(page)
    await page.waitForURL(/\/consent/)
    const consent = page.url()
    await allow(page)
    await arrivesAt(page, demo.spa)
    expect((await page.goto(consent))?.status()).toBe(400)
    expect(await page.textContent('h1')).toBeTruthy()
  })

  test('a double click on Allow arrives at the client with one code', async () => {
    const { page } = await open(authorization())
    await signIn(page)
    await page.waitForURL(/\/consent/)
    await page.dblclick('button[value=allow]')
    await arrivesAt(page, demo.spa)
    expect(answerAt(page).get('code')).toBeTruthy()
    expect(new Set(sites.spa.requests.map((request) => /code=([^& ]+)/.exec(request)?.[1]))).toEqual(new Set([answerAt(page).get('code')]))
  })

  test('a double click on Sign in leads to the consent page', async () => {
    const { page } = await open(authorization())
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.dblclick('button[type=submit]')
    await page.waitForURL(/\/consent/)
    await allow(page)
    await arrivesAt(page, demo.spa)
  })
})

describe('several sign-ins', () => {
  test('two tabs for two clients, finished in reverse order, each come home', async () => {
    const { page: one } = await open(authorization({ state: 'of-spa' }))
    const { page: two } = await open(authorization({ state: 'of-web' }, 'web'))
    await signIn(two, 'bob')
    await two.waitForURL(/\/consent/)
    await signIn(one, 'alice')
    await one.waitForURL(/\/consent/)
    // The tab was shown to Bob, and Alice is signed in by now: she is asked herself before anything is shared.
    await allow(two)
    await expect.poll(() => two.textContent('.account')).toContain('Alice Anders')
    await allow(two)
    await arrivesAt(two, demo.web)
    await allow(one)
    await arrivesAt(one, demo.spa)
    expect([answerAt(one).get('state'), answerAt(two).get('state')]).toEqual(['of-spa', 'of-web'])
    expect(answerAt(one).get('code')).not.toBe(answerAt(two).get('code'))
    expect([sites.spa.requests, sites.web.requests].map((all) => all.length)).toEqual([1, 1])
  })

  test('an interaction belongs to the browser that began it', async () => {
    const { page: mallory } = await open(authorization({ state: 'of-mallory' }))
    const other = await openProfile(browser)
    const { page: alice } = await open(authorization({}, 'web'), other)
    await signIn(alice)
    await alice.waitForURL(/\/consent/)
    for (const url of [mallory.url(), mallory.url().replace('/login', '/consent')]) {
      const answer = await alice.goto(url)
      expect(answer?.status()).toBe(400)
      expect(await alice.locator('form').count()).toBe(0)
    }
    await other.context.close()
  })

  test('signing in draws a new session each time', async () => {
    const session = async () => (await profile.context.cookies()).find(({ name }) => name.endsWith('session'))
    const { page } = await open(authorization())
    expect(await session()).toBeUndefined()
    await signIn(page)
    await page.waitForURL(/\/consent/)
    const first = await session()
    expect(first).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    await page.goto(authorization({ prompt: 'login' }))
    await signIn(page)
    await page.waitForURL((url) => !url.pathname.endsWith('/login'))
    expect((await session())?.value).not.toBe(first?.value)
  })
})

describe('other sites', () => {
  const elsewhere = () => demo.spa.replace('localhost', '127.0.0.1')

  test('can not send our form', async () => {
    const { page } = await open(authorization())
    await signIn(page)
    await page.waitForURL(/\/consent/)
    const csrf = await page.inputValue('[name=csrf]')
    sites.spa.show(`<form method="post" action="${page.url()}"><input name="decision" value="allow"><input name="csrf" value="${csrf}"></form>`)
    await page.goto(`${elsewhere()}/`)
    const answered = page.waitForResponse((answer) => answer.url().startsWith(demo.issuer))
    await page.evaluate('document.forms[0].submit()')
    const answer = await answered
    expect([403, 400]).toContain(answer.status())
    expect(answer.headers()['location']).toBeUndefined()
  })

  test('can not frame our pages', async () => {
    sites.spa.show(`<iframe src="${authorization().replaceAll('&', '&amp;')}"></iframe>`)
    const { page } = await open(`${elsewhere()}/`)
    await expect.poll(() => profile.complaints.join()).toMatch(/frame-ancestors|X-Frame-Options/)
    expect(await page.frameLocator('iframe').locator('form').count()).toBe(0)
  })
})

describe('hostile parameters', () => {
  const XSS = `"><script>parent.pwned=1</script><img src=x onerror="pwned=1">'"\`\${pwned=1}`

  test('are inert in all that a page shows or sends on', async () => {
    const { page } = await open(authorization({ login_hint: XSS, state: XSS, nonce: XSS, ui_locales: XSS, display: XSS, claims: '{}' }))
    expect(await page.inputValue('[name=username]')).toBe(XSS)
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    await signIn(page)
    await page.waitForURL(/\/consent/)
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    await allow(page)
    await arrivesAt(page, demo.spa)
    expect(answerAt(page).get('state')).toBe(XSS)
    expect(profile.complaints).toEqual([])
  })

  test.each([['redirect_uri'], ['client_id']])('are inert in %s, on the error page', async (name) => {
    const { page, answer } = await open(authorization({ [name]: XSS }))
    expect(answer.status()).toBe(400)
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('main script, main img').count()).toBe(0)
    expect(profile.complaints).toEqual([])
  })

  test('are inert in scope, which goes back to the client, and in the path', async () => {
    const { page } = await open(authorization({ scope: `openid ${XSS}` }))
    await arrivesAt(page, demo.spa)
    expect(answerAt(page).get('error')).toBe('invalid_scope')
    const { page: lost, answer } = await open(`${demo.issuer}/${encodeURIComponent(XSS)}`)
    expect(answer.status()).toBe(404)
    expect(await lost.evaluate('window.pwned')).toBeUndefined()
  })
})

describe('every page', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

  const PAGES: Readonly<Record<string, (profile: Profile) => Promise<{ page: Page; answer: Response }>>> = {
    home: (at) => open(`${demo.issuer}/`, at),
    login: (at) => open(authorization(), at),
    async 'wrong password'(at) {
      const { page } = await open(authorization(), at)
      const answered = page.waitForResponse((answer) => answer.request().method() === 'POST')
      await signIn(page, 'alice', 'wrong')
      await page.waitForSelector('[role=alert]')
      return { page, answer: await answered }
    },
    async consent(at) {
      const { page } = await open(authorization(), at)
      const answered = page.waitForResponse((answer) => answer.url().includes('/consent'))
      await signIn(page)
      await page.waitForURL(/\/consent/)
      return { page, answer: await answered }
    },
    'no such address': (at) => open(`${demo.issuer}/nowhere`, at),
    error: (at) => open(authorization({ redirect_uri: 'https://evil.example/' }), at),
  }

  test.each(Object.entries(PAGES))('%s: strict headers, nothing foreign, accessible, at home on a phone and in the dark', async (_name, visit) => {
    for (const options of [{ viewport: { width: 1280, height: 800 }, colorScheme: 'light' }, { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true, isMobile: true }] as const) {
      const visitor = await openProfile(browser, options)
      const { page, answer } = await visit(visitor)
      const headers = answer.headers()
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' })
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'/)
      expect(headers['content-security-policy']).not.toMatch(/unsafe|script-src|\*/)
      expect(await page.locator('script, [style], style').count()).toBe(0)
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      // Evaluated by the debugger, so that the page's own policy stays as strict as it is.
      const { violations } = await page.evaluate<AxeResults>(`(() => { ${axe}; return axe.run(document, { runOnly: ${JSON.stringify(RULES)} }) })()`)
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(new Set(visitor.seen.map(({ url }) => new URL(url).origin))).toEqual(new Set([demo.issuer]))
      expect(visitor.complaints).toEqual([])
      await visitor.context.close()
    }
  })

  test('an error page has a trace id that its header and the log have too', async () => {
    const { page, answer } = await open(authorization({ client_id: 'nobody' }))
    const trace = answer.headers()['trace-id'] ?? ''
    expect(trace).not.toBe('')
    expect(await page.textContent('main')).toContain(trace)
    expect(demo.server().output()).toContain(trace)
  })
})
