import { tmpdir } from 'node:os'
import type { Browser, Page } from 'playwright-core'
import { renderUnicodeCompact } from 'uqr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openProfile, startBrowser } from './running/browser.ts'
import { run, type Running } from './running/child.ts'
import { type Demo, startDemo } from './running/demo.ts'

const PHONE = { javaScriptEnabled: false, viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true } as const

let demo: Demo
let browser: Browser
let webApp: Running
const devices: Running[] = []

beforeAll(async () => {
  demo = await startDemo()
  browser = await startBrowser()
  const env = { LATCHKEY_ISSUER: demo.issuer, LATCHKEY_EXAMPLE_WEB_PORT: new URL(demo.web).port }
  webApp = await run('apps/examples/web-app/dist/main.js', [], { env, cwd: tmpdir(), sign: demo.web })
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([webApp, ...devices].map((program) => program?.end('SIGKILL')))
  await demo?.stop()
})

async function signIn(page: Page, username: string): Promise<void> {
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', username)
  await page.click('button[type=submit]')
}

describe('the web application, by hybrid and form_post', () => {
  test('signs in and shows the claims; no address and no script of its holds code or token', async () => {
    const { context, seen, complaints } = await openProfile(browser)
    const page = await context.newPage()
    await page.goto(demo.web)
    await page.click('text=Sign in')
    await signIn(page, 'alice')
    await page.click('button[value=allow]')
    await page.waitForURL(`${demo.web}/`)
    expect(await page.textContent('main')).toContain('Hello, Alice Anders')
    const claims = Object.fromEntries(await page.$$eval('dt', (names) => names.map((name) => [name.textContent, name.nextElementSibling?.textContent])))
    expect(claims).toMatchObject({ iss: demo.issuer, sub: 'alice', aud: expect.stringContaining('web') as string, email: 'alice@example.com' })

    const asked = seen.find(({ url }) => url.startsWith(`${demo.issuer}/authorize`))
    expect(Object.fromEntries(new URL(asked?.url ?? '').searchParams)).toMatchObject({ response_type: 'code id_token', response_mode: 'form_post' })
    const answered = seen.filter(({ url }) => url.startsWith(`${demo.web}/auth/callback`))
    expect(answered.map(({ method, url, status }) => [method, url, status])).toEqual([['POST', `${demo.web}/auth/callback`, 303]])
    expect([...new URLSearchParams(answered[0]?.body).keys()].sort()).toEqual(['code', 'id_token', 'iss', 'session_state', 'state'])
    expect(seen.map(({ url }) => url).join('\n')).not.toMatch(/[?#&](code|id_token|access_token)=/)
    expect(complaints).toEqual([])

    await page.click('text=Sign out')
    await page.waitForURL(`${demo.web}/`)
    expect(seen.filter(({ url }) => url.startsWith(`${demo.issuer}/end_session`)).map(({ status }) => status)).toEqual([303])
    await page.click('text=Sign in')
    await page.waitForSelector('[name=password]')
    expect(complaints).toEqual([])
    await context.close()
  })

  test('says when the user denies, and goes on without scripts by the button of the answer', async () => {
    const { context } = await openProfile(browser, PHONE)
    const page = await context.newPage()
    await page.goto(demo.web)
    await page.click('text=Sign in')
    await signIn(page, 'bob')
    await page.click('button[value=deny]')
    await page.click('text=Continue')
    expect([page.url(), await page.locator('[role=alert]').count()]).toEqual([`${demo.web}/auth/callback`, 1])
    await page.click('button.primary')
    await page.click('button[value=allow]')
    await page.click('text=Continue')
    expect(await page.textContent('main')).toMatch(/Hello, Bob/)
    await context.close()
  })
})

/** Starts the program on a device, and reads what it shows. */
async function startDevice(): Promise<{ readonly program: Running; readonly address: string; readonly code: string }> {
  const program = await run('apps/examples/device/dist/main.js', [], { env: { LATCHKEY_ISSUER: demo.issuer }, cwd: tmpdir(), sign: 'Ctrl-C' })
  devices.push(program)
  const [, address = '', code = ''] = /open\n\n {2}(\S+)\n\nand enter the code\n\n {2}(\S+)\n/.exec(program.output()) ?? []
  return { program, address, code }
}

/** Opens an address on a phone without scripts, and signs in. */
async function onPhone(address: string): Promise<Page> {
  const { context } = await openProfile(browser, PHONE)
  const page = await context.newPage()
  await page.goto(address)
  await signIn(page, 'alice')
  return page
}

const isTooWide = (page: Page) => page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth)

describe('the program on a device', () => {
  test.concurrent('shows address, code and QR code, and ends once a phone without scripts allows it', async () => {
    const { program, address, code } = await startDevice()
    expect([address, code]).toEqual([`${demo.issuer}/device`, expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)])
    const scanned = `${address}?user_code=${code}`
    expect(program.output()).toContain(renderUnicodeCompact(scanned, { ecc: 'L', border: 2 }))

    const page = await onPhone(scanned)
    expect([await page.inputValue('[name=user_code]'), await isTooWide(page)]).toEqual([code, false])
    await page.click('button[type=submit]')
    expect([await page.textContent('h1'), await isTooWide(page)]).toEqual([expect.stringContaining('Demo TV'), false])
    await page.click('button[value=allow]')
    expect([await page.locator('form').count(), await isTooWide(page)]).toEqual([0, false])
    await page.context().close()

    expect(await program.ended).toBe(0)
    expect(program.output()).toMatch(/Signed in as Alice Anders\.[^]* sub +alice\n/)
  })

  test.concurrent('ends with another exit code once the phone says no to the code it typed', async () => {
    const { program, address, code } = await startDevice()
    const page = await onPhone(address)
    await page.fill('[name=user_code]', code.toLowerCase().replace('-', ' '))
    await page.click('button[type=submit]')
    await page.click('button[value=deny]')
    await page.context().close()
    expect(await program.ended).toBe(2)
    expect(program.output()).toContain('refused')
  })
})
