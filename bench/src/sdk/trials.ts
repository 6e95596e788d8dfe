import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Contestant } from './contestants.ts'
import { startIssuer, type Issuer } from './issuer.ts'
import { servePages, type Pages } from './pages.ts'

/** What was seen of one contestant. */
export interface Outcome {
  readonly name: string
  /** Of six tabs that refresh in the same millisecond: those that got a token, the refreshes that the issuer saw, and whether one more refresh works. */
  readonly tabs: { readonly successes: number; readonly calls: number; readonly isAlive: boolean }
  /** Whether an ID Token without signature, for another client, was taken. */
  readonly takesUnsigned: boolean
  /** Of a page that takes its response twice at once: those that succeeded, the redemptions that the issuer saw, and whether a refresh works. */
  readonly twice: { readonly successes: number; readonly calls: number; readonly isAlive: boolean }
  readonly size: number
}

interface Stage {
  readonly context: BrowserContext
  readonly issuer: Issuer
  readonly pages: Pages
}

const TABS = 6

/** Puts a contestant through every trial, each with a profile and an issuer of its own. */
export async function tryOut(contestant: Contestant, browser: Browser): Promise<Outcome> {
  const pages = await servePages(contestant)
  const stage = async <T>(trial: (stage: Stage) => Promise<T>): Promise<T> => {
    const issuer = await startIssuer(pages.origin)
    pages.meet(issuer.origin)
    const context = await browser.newContext()
    try {
      return await trial({ context, issuer, pages })
    } finally {
      await context.close()
      await issuer.close()
    }
  }
  try {
    return { name: contestant.name, size: pages.size, tabs: await stage(sixTabs), takesUnsigned: await stage(unsigned), twice: await stage(twice) }
  } finally {
    await pages.close()
  }
}

async function open({ context, pages }: Stage, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(pages.origin + path)
  await page.waitForFunction('globalThis.sdk')
  return page
}

/** Whether an expression about `sdk` succeeds in a page. */
function succeeds(page: Page, expression: string): Promise<boolean> {
  return page.evaluate(`Promise.resolve().then(() => ${expression}).then(() => true, () => false)`)
}

/** Goes to the issuer and comes back, without taking the response yet. */
async function comeBack(stage: Stage): Promise<Page> {
  const page = await open(stage)
  await page.evaluate('void sdk.login()')
  await page.waitForURL(/\/callback\?/)
  await page.waitForFunction('globalThis.sdk')
  return page
}

async function sixTabs(stage: Stage): Promise<Outcome['tabs']> {
  const { issuer } = stage
  const first = await comeBack(stage)
  if (!(await succeeds(first, 'sdk.callback()'))) throw new Error('the contestant cannot sign in')
  await first.close()
  const tabs = await Promise.all(Array.from({ length: TABS }, () => open(stage)))
  const at = Date.now() + 1000
  const outcomes = await Promise.all(tabs.map((tab) => succeeds(tab, `new Promise(go => setTimeout(go, ${at} - Date.now())).then(() => sdk.refresh())`)))
  const calls = issuer.answers.filter(({ grant_type }) => grant_type === 'refresh_token').length
  const isAlive = await succeeds(await open(stage), 'sdk.refresh()')
  return { successes: outcomes.filter((outcome) => outcome).length, calls, isAlive }
}

async function unsigned(stage: Stage): Promise<boolean> {
  await stage.context.route('**/token', async (route) => {
    const response = await route.fetch()
    const body = (await response.json()) as { id_token?: string }
    const [, payload = ''] = (body.id_token ?? '').split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    await route.fulfill({ response, json: { ...body, id_token: `${part({ alg: 'none' })}.${part({ ...claims, aud: 'another-client' })}.` } })
  })
  return succeeds(await comeBack(stage), 'sdk.callback()')
}

async function twice(stage: Stage): Promise<Outcome['twice']> {
  const { issuer } = stage
  const page = await comeBack(stage)
  const outcomes: readonly boolean[] = await page.evaluate('Promise.allSettled([1, 2].map(async () => sdk.callback())).then(all => all.map(({ status }) => status === "fulfilled"))')
  const calls = issuer.answers.filter(({ grant_type }) => grant_type === 'authorization_code').length
  return { successes: outcomes.filter((outcome) => outcome).length, calls, isAlive: await succeeds(await open(stage), 'sdk.refresh()') }
}
