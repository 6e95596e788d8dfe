import { describe, expect, test } from 'vitest'
import { run, useApp } from './app.ts'

describe('a sign-in by popup, with an issuer that isolates its pages by Cross-Origin-Opener-Policy', () => {
  const { open, context, issuer, pages } = useApp({ isIsolated: true })

  test('ends signed in, in the page that began it, and closes the window', async () => {
    const page = await open('/here')
    await run(page, 'first')
    const opened = context().waitForEvent('page')
    await page.evaluate("globalThis.outcome = auth.loginPopup({ appState: 1 }); void 0")
    const popup = await opened
    await popup.waitForSelector('button')
    expect(await popup.evaluate('opener')).toBe(null)
    expect(new URL(popup.url()).origin).toBe(issuer().origin)
    const closed = popup.waitForEvent('close')
    await popup.click('button')
    expect(await run(page, 'outcome')).toMatchObject({ status: 'authenticated', user: { sub: 'alice' }, returnTo: '/here', appState: 1 })
    expect(await run(page, "auth.fetch('/api').then(r => r.status)")).toBe(200)
    await closed
    expect(page.url()).toBe(`${pages().origin}/here`)
    expect(issuer().tokenRequests).toEqual([{ grant_type: 'authorization_code', status: 200 }])
    expect(await page.evaluate("Object.keys(localStorage).filter(key => key.includes('sign-in')).length")).toBe(0)
  })

  test('a second one takes the place of the first, which ends with popup_closed', async () => {
    const page = await open('/')
    await run(page, 'first')
    const windows = [context().waitForEvent('page')]
    await page.evaluate("globalThis.one = auth.loginPopup().catch(e => e.code); void 0")
    await (await windows[0])?.waitForSelector('button')
    const second = context().waitForEvent('page')
    await page.evaluate("globalThis.two = auth.loginPopup(); void 0")
    const popup = await second
    expect(await run(page, 'one')).toBe('popup_closed')
    await popup.click('button')
    expect(await run(page, 'two.then(s => s.status)')).toBe('authenticated')
  })

  test('ends when its signal says so; the state stays as it was', async () => {
    const page = await open('/')
    await run(page, 'first')
    await page.evaluate("globalThis.stop = new AbortController(); globalThis.outcome = auth.loginPopup({ signal: stop.signal }).catch(e => [e.code, e.phase]); void 0")
    const popup = context().pages().at(-1)
    await popup?.waitForSelector('button')
    expect(await run(page, '(stop.abort(), outcome)')).toEqual(['aborted', 'authorize'])
    expect(await run(page, 'auth.getState()')).toEqual({ status: 'anonymous' })
  })

  test('when the page that waited is gone, the window takes the response itself', async () => {
    const page = await open('/')
    await run(page, 'first')
    const opened = context().waitForEvent('page')
    await page.evaluate("void auth.loginPopup().catch(() => undefined)")
    const popup = await opened
    await popup.waitForSelector('button')
    await page.close()
    await popup.click('button')
    await popup.waitForURL(`${pages().origin}/callback`)
    expect(await run(popup, 'first.then(s => s.status)')).toBe('authenticated')
  })

  test('a browser that opens no window is popup_blocked', async () => {
    const page = await open('/')
    await run(page, 'first')
    await page.evaluate('globalThis.open = () => null')
    expect(await run(page, 'auth.loginPopup().catch(e => e.code)')).toBe('popup_blocked')
    expect(context().pages().length).toBe(1)
  })
})

describe('a sign-in by popup, with an issuer that answers at once', () => {
  const { open, context } = useApp()

  test('is opened before anything is awaited', async () => {
    const page = await open('/')
    expect(await page.evaluate("{ let opened = 0; const real = open; globalThis.open = (...a) => { opened++; return real(...a) }; globalThis.outcome = auth.loginPopup(); opened }")).toBe(1)
    expect(await run(page, 'outcome.then(s => s.user.sub)')).toBe('alice')
    await expect.poll(() => context().pages().length).toBe(1)
  })
})
