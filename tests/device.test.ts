import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { type Demo, startDemo } from './running/demo.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

let demo: Demo
let browser: Browser

beforeAll(async () => {
  demo = await startDemo()
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

interface Asked {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
}

async function tvAsks(seen = 'Demo TV/1.0 (Living Room)'): Promise<Asked> {
  const answer = await fetch(`${demo.issuer}/device_authorization`, { method: 'POST', headers: { 'user-agent': seen }, body: new URLSearchParams({ client_id: 'tv', scope: 'openid profile offline_access api' }) })
  return (await answer.json()) as Asked
}

async function tvPolls({ device_code }: Asked): Promise<Record<string, unknown>> {
  const answer = await fetch(`${demo.issuer}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: DEVICE_CODE, client_id: 'tv', device_code }) })
  return (await answer.json()) as Record<string, unknown>
}

async function signIn(page: Page, username = 'alice'): Promise<void> {
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', username)
  await page.click('button[type=submit]')
  await page.waitForSelector('[name=user_code]')
}

async function arrive(profile: Profile, url: string): Promise<Page> {
  const page = await profile.context.newPage()
  await page.goto(url)
  await signIn(page)
  return page
}

async function enter(page: Page, user_code: string): Promise<void> {
  await page.fill('[name=user_code]', user_code)
  await page.click('button[type=submit]:not([name])')
  await page.waitForSelector('button[value=allow]')
}

/** Asserts that a page fits the phone, and that axe finds nothing in it. */
async function expectSound(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  // Evaluated by the debugger, so that the page's own policy stays as strict as it is.
  const { violations } = await page.evaluate<AxeResults>(`(() => { ${axe}; return axe.run(document, { runOnly: ${JSON.stringify(RULES)} }) })()`)
  expect(violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([])
}

describe.each([true, false])('on a phone, with JavaScript %s', (javaScriptEnabled) => {
  test('a user lets a device in with the code that it shows', async () => {
    const profile = await openProfile(browser, { ...PHONE, javaScriptEnabled })
    const asked = await tvAsks()
    const page = await arrive(profile, asked.verification_uri)
    expect(await page.inputValue('[name=user_code]')).toBe('')
    await page.fill('[name=user_code]', 'bbbb-bbbb')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=alert]')
    expect(await page.inputValue('[name=user_code]')).toBe('BBBB-BBBB')
    await enter(page, asked.user_code.toLowerCase().replace('-', ' '))
    const text = await page.textContent('main')
    for (const told of ['Demo TV', 'Demo TV/1.0 (Living Room)', 'ago', 'Alice Anders', 'on another device', 'only if you began it on your device just now', 'If somebody sent you this code', 'Use the demo API']) expect(text).toContain(told)
    await page.click('button[value=allow]')
    await page.waitForSelector('.tile-good')
    expect(await page.textContent('h1')).toBe('You’re signed in on your device')
    expect(await tvPolls(asked)).toMatchObject({ token_type: 'Bearer', scope: 'openid profile offline_access api' })
    expect(await tvPolls(asked)).toMatchObject({ error: 'invalid_grant' })
    expect(profile.complaints).toEqual([])
    expect(new Set(profile.seen.map(({ url }) => new URL(url).origin))).toEqual(new Set([demo.issuer]))
    await profile.context.close()
  })

  test('D09 the code in an address waits for the user, who may deny', async () => {
    const profile = await openProfile(browser, { ...PHONE, javaScriptEnabled })
    const asked = await tvAsks()
    const page = await arrive(profile, asked.verification_uri_complete)
    expect(await page.inputValue('[name=user_code]')).toBe(asked.user_code)
    expect(await page.textContent('main')).toContain('only if your own device shows exactly this code')
    expect(await tvPolls(asked)).toMatchObject({ error: 'authorization_pending' })
    await page.click('button[type=submit]:not([name])')
    await page.click('button[value=deny]')
    await page.waitForSelector('.tile-plain')
    expect(await tvPolls(asked)).toMatchObject({ error: 'access_denied' })
    await profile.context.close()
  })
})

test('another account can be chosen before and after the code', async () => {
  const profile = await openProfile(browser, PHONE)
  const asked = await tvAsks()
  const page = await arrive(profile, asked.verification_uri)
  await page.click('button[value=switch]')
  await signIn(page, 'bob')
  expect(await page.textContent('main')).toContain('Bob Brown')
  await enter(page, asked.user_code)
  await page.click('button[value=switch]')
  await page.fill('[name=username]', 'alice')
  await page.fill('[name=password]', 'alice')
  await page.click('button[type=submit]:not([name])')
  await page.waitForSelector('button[value=allow]')
  expect(await page.textContent('main')).toContain('Alice Anders')
  await profile.context.close()
})

test('what a device says of itself is shown as text, in its own direction', async () => {
  const profile = await openProfile(browser, PHONE)
  const asked = await tvAsks('"><script>alert(1)</script><b>TV')
  const page = await arrive(profile, asked.verification_uri)
  await enter(page, asked.user_code)
  expect(await page.textContent('.facts bdi')).toBe('"><script>alert(1)</script><b>TV')
  expect(await page.locator('script, b').count()).toBe(0)
  const hostile = await profile.context.newPage()
  await hostile.goto(`${demo.issuer}/device?user_code=${encodeURIComponent('"><script>x</script>\u202Emoc')}`)
  expect(await hostile.inputValue('[name=user_code]')).toBe('"><script>x</script>moc')
  expect(profile.complaints).toEqual([])
  await profile.context.close()
})

test('refusals are pages of ours', async () => {
  const [alice, mallory] = [await openProfile(browser, PHONE), await openProfile(browser, PHONE)]
  const asked = await tvAsks()
  const page = await arrive(alice, asked.verification_uri)
  await enter(page, asked.user_code)
  const elsewhere = await mallory.context.newPage()
  const answer = await elsewhere.goto(page.url())
  expect([answer?.status(), await elsewhere.locator('h1').count(), await answer?.text()]).toEqual([403, 1, expect.stringContaining(answer?.headers()['trace-id'] ?? 'no trace')])
  await Promise.all([alice.context.close(), mallory.context.close()])
})

describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
  test('each step is sound', async () => {
    const profile = await openProfile(browser, { ...PHONE, colorScheme, locale: colorScheme === 'dark' ? 'de-DE' : 'en' })
    const asked = await tvAsks()
    const page = await arrive(profile, asked.verification_uri_complete)
    await expectSound(page)
    await page.fill('[name=user_code]', 'nonsense')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=alert]')
    await expectSound(page)
    await enter(page, asked.user_code)
    await expectSound(page)
    await page.click('button[value=deny]')
    await page.waitForSelector('.tile-plain')
    await expectSound(page)
    await profile.context.close()
  })
})
