import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from 'playwright-core'

const SWITCHES = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Starts a real Chromium: the one that `CHROMIUM_PATH` names, or the system's. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args: SWITCHES })
}

/** A request or answer that a browser saw. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
  /** The status of its answer; 0 while there is none. */
  status: number
}

/** A browser profile of its own, and what was seen in it. */
export interface Profile {
  readonly context: BrowserContext
  readonly seen: Seen[]
  /** Errors of scripts and complaints of the browser, but for pages that were refused by design. */
  readonly complaints: string[]
}

const REFUSED_BY_DESIGN = /^Failed to load resource: the server responded with a status of 4\d\d/

/** Opens a profile that writes down every request and complaint. */
export async function openProfile(browser: Browser, options: BrowserContextOptions = {}): Promise<Profile> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(15_000)
  const seen: Seen[] = []
  const complaints: string[] = []
  const entries = new Map<object, Seen>()
  context.on('request', (request) => {
    const entry = { method: request.method(), url: request.url(), body: request.postData() ?? '', status: 0 }
    entries.set(request, entry)
    seen.push(entry)
  })
  context.on('response', (response) => {
    const entry = entries.get(response.request())
    if (entry !== undefined) entry.status = response.status()
  })
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !REFUSED_BY_DESIGN.test(message.text())) complaints.push(message.text())
  })
  return { context, seen, complaints }
}
