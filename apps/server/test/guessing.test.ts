import { afterEach, describe, expect, it, vi } from 'vitest'
import { browserAt } from './browser.ts'
import { serving, stopAll } from './serving.ts'

// Each password costs a hash, and a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 20_000 })

afterEach(stopAll)

const AUTHORIZE = `/authorize?${new URLSearchParams({ client_id: 'spa', response_type: 'code', redirect_uri: 'http://localhost:4701/callback', scope: 'openid', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' })}`

/** A browser that has never been here, at the sign-in page. */
async function atLogin(origin: string, send?: (http: Request) => Promise<Response>) {
  const browser = browserAt(origin, send)
  const open = async () => (await browser.open((await browser.open(AUTHORIZE)).headers.get('location') ?? '')).text()
  return { browser, open, page: await open() }
}

/** What an answer shows, but for what differs each time. */
async function shown(answer: Response, username: string): Promise<unknown> {
  const text = (await answer.text()).replaceAll(/interaction=[A-Za-z0-9_-]{43}/g, '…').replaceAll(/name="csrf" value="[^"]*"/g, '…').replaceAll(`value="${username}"`, '…')
  const headers = [...answer.headers].filter(([name]) => name !== 'trace-id' && name !== 'date')
  return { status: answer.status, headers, text }
}

describe('guessing at the sign-in page', () => {
  it('V08 V09 ten wrong passwords, then 429: the same page for a user who exists and one who does not', async () => {
    const { origin, running } = await serving(['--store', 'memory:'])
    const guessed = async (username: string) => {
      const answers: unknown[] = []
      for (let guess = 0; guess < 12; guess++) {
        const spoofing = (http: Request) => fetch(new Request(http, { headers: { ...Object.fromEntries(http.headers), 'x-forwarded-for': `192.0.2.${guess}`, forwarded: `for=192.0.2.${guess}` } }))
        const { browser, page } = await atLogin(origin, spoofing)
        answers.push(await shown(await browser.submit(page, { username, password: `guess ${guess}` }), username))
      }
      return answers
    }
    const known = await guessed('alice')
    expect(known.map((answer) => (answer as Response).status)).toEqual([...Array.from({ length: 10 }, () => 400), 429, 429])
    expect(known.at(-1)).toMatchObject({ headers: expect.arrayContaining([['retry-after', expect.stringMatching(/^(60|[1-5]?\d)$/)]]), text: expect.stringContaining('Too many attempts. Wait a few minutes, then try again.') })
    const steady = (answers: readonly unknown[]) => JSON.stringify(answers).replaceAll(/\["retry-after","\d+"\]/g, '…')
    expect(steady(await guessed('zelda'))).toBe(steady(known))
    expect(running.out()).toContain('sign_in_throttled')
    for (const secret of ['guess 3', 'zelda']) expect(running.out()).not.toContain(secret)
  })

  it('V08 the owner still gets in from a browser that is known', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const owner = await atLogin(origin)
    expect((await owner.browser.submit(owner.page, { username: 'alice', password: 'alice' })).status).toBe(303)
    const guesser = await atLogin(origin)
    const statuses: number[] = []
    for (let guess = 0; guess < 11; guess++) statuses.push((await guesser.browser.submit(guesser.page, { username: 'alice', password: 'wrong' })).status)
    expect(statuses.at(-1)).toBe(429)
    expect((await guesser.browser.submit(guesser.page, { username: 'alice', password: 'alice' })).status).toBe(429)
    const again = await (await owner.browser.open((await owner.browser.open(`${AUTHORIZE}&prompt=login`)).headers.get('location') ?? '')).text()
    expect((await owner.browser.submit(again, { username: 'alice', password: 'alice' })).status).toBe(303)
  })

  it('V14 a password above four kilobytes is wrong, one of a megabyte too large, and both get a page', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const { browser, page } = await atLogin(origin)
    const long = await browser.submit(page, { username: 'alice', password: 'x'.repeat(4_097) })
    expect([long.status, (await long.text()).includes('id="problem"')]).toEqual([400, true])
    const huge = await browser.submit(page, { username: 'alice', password: 'x'.repeat(1_000_000) })
    expect([huge.status, huge.headers.get('content-type')]).toEqual([413, 'text/html; charset=utf-8'])
    expect((await browser.submit(page, { username: 'alice', password: 'alice' })).status).toBe(303)
  })

  it('V12 V14 200 sign-ins at once are all answered, each for its own user', async () => {
    const { origin } = await serving(['--store', 'memory:'])
    const visits = await Promise.all(Array.from({ length: 200 }, () => atLogin(origin)))
    const subjects = await Promise.all(
      visits.map(async ({ browser, page }, at) => {
        const username = at % 2 === 0 ? 'alice' : 'bob'
        const answer = await browser.submit(page, { username, password: username })
        const consent = await (await browser.open(answer.headers.get('location') ?? '')).text()
        return consent.includes(username === 'alice' ? 'Alice Anders' : 'Bob') && answer.status
      }),
    )
    expect(new Set(subjects)).toEqual(new Set([303]))
  })
})
