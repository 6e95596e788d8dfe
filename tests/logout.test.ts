import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openProfile, type Profile, startBrowser } from './running/browser.ts'
import { freePorts } from './running/child.ts'
import { type ClientSite, listenAsClient } from './running/client-site.ts'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'

const HOSTILE = '"><script>alert(1)</script>'

let browser: Browser
let site: ClientSite
let server: Awaited<ReturnType<typeof startConfigured>>
let rp: string

beforeAll(async () => {
  const port = await freePorts(1)
  rp = `http://localhost:${port}`
  ;[browser, site, server] = await Promise.all([
    startBrowser(),
    listenAsClient(port),
    startConfigured({
      users: [CAROL],
      clients: [
        {
          client_id: 'rp', client_name: `RP ${HOSTILE}`, token_endpoint_auth_method: 'none', redirect_uris: [`${rp}/callback`], post_logout_redirect_uris: [`${rp}/bye`], frontchannel_logout_uri: `${rp}/front`,
          grant_types: ['authorization_code', 'implicit'], response_types: ['code id_token'], scope: 'openid', policy: { consent: 'never' },
        },
      ],
    }),
  ])
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
  await server?.stop()
})
beforeEach(() => site.forget())

/** Signs carol in, and answers what the client was told in the address. */
async function signIn(page: Page): Promise<URLSearchParams> {
  const parameters = { response_type: 'code id_token', client_id: 'rp', redirect_uri: `${rp}/callback`, scope: 'openid', nonce: 'N', state: 'S', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
  await page.goto(`${server.issuer}/authorize?${new URLSearchParams(parameters)}`)
  if (page.url().startsWith(server.issuer)) {
    await page.fill('[name=username]', 'carol')
    await page.fill('[name=password]', 'carol')
    await page.click('button[type=submit]')
    await page.waitForURL(`${rp}/**`)
  }
  return new URLSearchParams(new URL(page.url()).hash.slice(1))
}

async function visitor(options: BrowserContextOptions = {}): Promise<{ page: Page; profile: Profile }> {
  const profile = await openProfile(browser, options)
  return { page: await profile.context.newPage(), profile }
}

const isSignedIn = async (page: Page) => (await page.context().cookies()).some(({ name, value }) => /^latchkey(-[\w-]{8})?-session$/.test(name) && value !== '')
const endSession = (fields: Record<string, string>) => `${server.issuer}/end_session?${new URLSearchParams(fields)}`

describe('LOGOUT-6 in a browser', () => {
  test.each([
    ['with scripts', {}],
    ['without', { javaScriptEnabled: false }],
  ])('%s: the client hears of it in a frame, and the user comes back', async (_, options) => {
    const { page, profile } = await visitor(options)
    const told = await signIn(page)
    site.forget()
    await page.goto(endSession({ id_token_hint: told.get('id_token') ?? '', post_logout_redirect_uri: `${rp}/bye`, state: HOSTILE }))
    expect(await page.textContent('h1')).toBe('You’re signed out')
    expect(await page.getAttribute('a', 'href')).toBe(`${rp}/bye?state=${encodeURIComponent(HOSTILE)}`)
    await page.waitForURL(`${rp}/bye?**`)
    expect(new URL(page.url()).searchParams.get('state')).toBe(HOSTILE)
    const front = new URL(site.requests.find((request) => request.includes('/front?'))?.split(/[ \n]/)[1] ?? '', rp)
    expect([front.searchParams.get('iss'), front.searchParams.get('sid')]).toEqual([server.issuer, expect.stringMatching(/^[\w-]{27}$/)])
    expect([await isSignedIn(page), profile.complaints]).toEqual([false, []])
    await page.context().close()
  })
})

describe('LOGOUT-3 in a browser', () => {
  test('L01 V02 an address of another site only asks, by a page that shows no markup of others, and nobody frames', async () => {
    const { page, profile } = await visitor()
    await signIn(page)
    site.show(`<a href="${endSession({ client_id: 'rp', post_logout_redirect_uri: `${rp}/bye`, state: HOSTILE, ui_locales: HOSTILE })}">go</a><img src="${server.issuer}/logout"><iframe src="${server.issuer}/logout"></iframe>`)
    await page.goto(rp)
    expect(await isSignedIn(page)).toBe(true)
    profile.complaints.length = 0
    site.show('<h1>Home</h1>')
    await page.click('a')
    expect([new URL(page.url()).pathname, await page.textContent('h1'), await page.textContent('main')]).toEqual(['/logout', 'Do you want to sign out?', expect.stringContaining(`RP ${HOSTILE}`)])
    await page.click('button[value=deny]')
    expect([await page.textContent('h1'), await isSignedIn(page)]).toEqual(['You’re still signed in', true])
    await page.goBack()
    await page.click('button[value=allow]')
    expect([await page.textContent('h1'), await isSignedIn(page)]).toEqual(['You’re signed out', false])
    await page.goBack()
    expect(await isSignedIn(page)).toBe(false)
    expect(profile.complaints).toEqual([])
    await page.context().close()
  })
})

describe('LOGOUT-8 in a browser', () => {
  /** A client's page that asks the frame of the issuer. */
  const watching = (): string => `<iframe id="op" src="${server.issuer}/check_session"></iframe>
    <script>
      const loaded = new Promise((resolve) => { document.getElementById('op').onload = resolve })
      const ask = async (text) => {
        await loaded
        const answer = new Promise((resolve) => addEventListener('message', ({ data, origin }) => resolve(data + ' from ' + origin), { once: true }))
        document.getElementById('op').contentWindow.postMessage(text, '${server.issuer}')
        return answer
      }
    </script>`

  test('the frame tells the client whether the session is still the same, and no other client or origin', async () => {
    const { page, profile } = await visitor()
    const told = await signIn(page)
    const session_state = told.get('session_state') ?? ''
    expect(session_state).toMatch(/^[\w-]{43}\.[\w-]{27}$/)
    site.show(watching())
    const watch = await page.context().newPage()
    await watch.goto(rp)
    const ask = (text: string, at = watch) => at.evaluate<string>(`ask(${JSON.stringify(text)})`)
    expect(await ask(`rp ${session_state}`)).toBe(`unchanged from ${server.issuer}`)
    expect(await ask(`other ${session_state}`)).toBe(`changed from ${server.issuer}`)
    for (const malformed of ['rp', 'rp x', `rp ${session_state} `, `rp rp ${session_state}`]) expect(await ask(malformed)).toBe(`error from ${server.issuer}`)
    const elsewhere = await page.context().newPage()
    await elsewhere.goto(rp.replace('localhost', '127.0.0.1'))
    expect(await ask(`rp ${session_state}`, elsewhere)).toBe(`changed from ${server.issuer}`)
    site.show('<h1>Bye</h1>')
    await page.goto(endSession({ id_token_hint: told.get('id_token') ?? '' }))
    expect(await ask(`rp ${session_state}`)).toBe(`changed from ${server.issuer}`)
    const again = (await signIn(page)).get('session_state') ?? ''
    expect([await ask(`rp ${session_state}`), await ask(`rp ${again}`)]).toEqual([`changed from ${server.issuer}`, `unchanged from ${server.issuer}`])
    expect(profile.complaints).toEqual([])
    await page.context().close()
  })
})
