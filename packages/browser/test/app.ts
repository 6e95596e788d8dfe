import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startIssuer, type IssuerOptions, type TestIssuer } from './issuer.ts'
import { servePages, type Pages } from './pages.ts'

/** An application in a real Chromium, and its issuer; a new profile and issuer for each test. */
export interface App {
  readonly pages: () => Pages
  readonly issuer: () => TestIssuer
  readonly context: () => BrowserContext
  /** Opens a page with `auth` set up, its first state in `first`. */
  readonly open: (path: string, options?: object) => Promise<Page>
  /** Signs in by redirect. */
  readonly signIn: (page: Page, options?: string) => Promise<void>
}

/** Runs an expression in a page once its first state is known. */
export async function run(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`(async () => { await globalThis.first; return (${expression}) })()`)
}

/** Starts and stops what the tests of a file need. */
export function useApp(issuerOptions: IssuerOptions = {}): App {
  let browser: Browser | undefined
  let pages: Pages | undefined
  let issuer: TestIssuer | undefined
  let context: BrowserContext | undefined
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args })
    pages = await servePages()
  }, 30_000)
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })
  beforeEach(async () => {
    issuer = await startIssuer(there(pages).origin, issuerOptions)
    context = await there(browser).newContext()
    for (const calls of [there(pages).apiCalls, there(pages).proofs]) calls.length = 0
    there(pages).rejected.clear()
  })
  afterEach(async () => {
    await context?.close()
    await issuer?.close()
  })
  return {
    pages: () => there(pages), issuer: () => there(issuer), context: () => there(context),
    async open(path, options = {}) {
      const page = await there(context).newPage()
      const { origin } = there(pages)
      // Added to the context, so that a popup of the application sets it up in the same way.
      await there(context).addInitScript(({ origin, ...given }) => {
        addEventListener('DOMContentLoaded', () => {
          if (location.origin !== origin) return
          const { latchkey } = globalThis as never as { latchkey: { createAuth: (options: object) => { ready: () => Promise<unknown> } } }
          const auth = latchkey.createAuth(given)
          Object.assign(globalThis, { auth, first: auth.ready() })
        })
      }, { origin, issuer: there(issuer).origin, clientId: 'spa', scope: 'openid profile offline_access api', tokens: 'local', fetchOrigins: [origin], ...options })
      await page.goto(origin + path)
      return page
    },
    async signIn(page, options = '') {
      await page.evaluate(`void auth.login(${options})`)
      await page.waitForURL(`${there(pages).origin}/callback`)
      expect(await run(page, 'auth.getState().status')).toBe('authenticated')
    },
  }
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started')
  return value
}
