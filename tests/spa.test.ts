import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { type Demo, startDemo } from './running/demo.ts'

let browser: Browser
let demo: Demo
let profile: Profile

beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  demo = await startDemo({ examples: true })
  profile = await openProfile(browser)
})
afterEach(async () => {
  await profile.context.close()
  await demo?.stop()
})

async function openApp(path = '/'): Promise<Page> {
  const page = await profile.context.newPage()
  await page.goto(`${demo.spa}${path}`)
  return page
}

async function signIn(page: Page, username = 'alice', password = username): Promise<void> {
  await page.click('#sign-in')
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', password)
  await page.click('button[type=submit]')
}

const isSignedIn = (page: Page) => page.waitForSelector('#authenticated:not([hidden])')

test('signs in, shows the claims, calls the API, outlives a reload, refreshes and signs out', async () => {
  const page = await openApp('/?from=test#here')
  await signIn(page, 'alice', 'wrong')
  await page.waitForSelector('[role=alert]')
  expect(await page.inputValue('[name=username]')).toBe('alice')
  await page.fill('[name=password]', 'alice')
  await page.click('button[type=submit]')
  await page.click('button[value=allow]')
  await isSignedIn(page)
  expect(page.url()).toBe(`${demo.spa}/?from=test#here`)
  expect(await page.textContent('#name')).toBe('Alice Anders')
  expect(await page.textContent('#email')).toContain('alice@example.com')
  expect(await page.textContent('#claims')).toContain(demo.issuer)
  expect(await page.textContent('#expiry')).toMatch(/^expires in/)

  await page.click('#call')
  await expect.poll(() => page.textContent('#answer')).toMatch(/^200 OK[^]*"sub": "alice"[^]*"client": "spa"/)

  await page.reload()
  await isSignedIn(page)
  await page.click('#refresh')
  await expect.poll(() => page.textContent('#renewal')).toContain('A new access token')
  await page.click('#call')
  await expect.poll(() => page.textContent('#answer')).toMatch(/^200 OK/)

  await page.click('#sign-out')
  await page.waitForSelector('#anonymous:not([hidden])')
  await page.reload()
  await page.waitForSelector('#anonymous:not([hidden])')
  const refreshes = profile.seen.filter(({ url, body }) => url.endsWith('/token') && body.includes('refresh_token')).map(({ status }) => status)
  expect(new Set(refreshes)).toEqual(new Set([200]))
  expect(profile.seen.filter(({ status }) => status >= 500)).toEqual([])
  expect(new Set(profile.seen.map(({ url }) => new URL(url).origin))).toEqual(new Set([demo.issuer, demo.spa, demo.api]))
  expect(profile.complaints).toEqual([])
})

test('says when the user denies, and signs in when they allow the next time', async () => {
  const page = await openApp()
  await signIn(page)
  await page.click('button[value=deny]')
  await page.waitForSelector('#reason:not([hidden])')
  expect(page.url()).toBe(`${demo.spa}/`)
  expect(await page.textContent('#reason')).toContain('did not allow')
  await page.click('#sign-in')
  await page.click('button[value=allow]')
  await isSignedIn(page)
  expect(profile.complaints).toEqual([])
})

test('two tabs that sign in at once both end signed in, whichever is first', async () => {
  const [one, two] = [await openApp(), await openApp()]
  for (const page of [one, two]) {
    await page.click('#sign-in')
    await page.waitForSelector('[name=password]')
  }
  for (const page of [two, one]) {
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.click('button[type=submit]')
    await page.waitForURL((url) => !url.pathname.endsWith('/login'))
    if (new URL(page.url()).pathname === '/consent') await page.click('button[value=allow]')
    await isSignedIn(page)
  }
  expect(await two.textContent('#name')).toMatch(/^alice/i)
  expect(profile.complaints).toEqual([])
})

test('going back from the app does not spoil the session', async () => {
  const page = await openApp()
  await signIn(page)
  await page.click('button[value=allow]')
  await isSignedIn(page)
  await page.goBack()
  await page.goto(`${demo.spa}/`)
  await isSignedIn(page)
  await page.click('#call')
  await expect.poll(() => page.textContent('#answer')).toMatch(/^200 OK/)
})
