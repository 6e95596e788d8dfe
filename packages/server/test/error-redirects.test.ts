import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, type Browser, browserFor, returned } from './browser.ts'
import { type Issuer } from './issuer.ts'
import { PUBLIC, registered, registering } from './registrant.ts'

const EVIL = { ...PUBLIC, redirect_uris: ['https://evil.example/cb'] }
const WRONG = { scope: '"' }

async function setUp(errorRedirects?: 'at once' | 'after confirmation', invited = false): Promise<{ issuer: Issuer; browser: Browser; url(changes?: Record<string, string>): string }> {
  const issuer = registering(errorRedirects === undefined ? {} : { errorRedirects })
  const token = invited ? (await issuer.registration.invite()).initial_access_token : undefined
  const { client_id } = await registered(issuer, EVIL, token)
  return { issuer, browser: browserFor(issuer), url: (changes = WRONG) => authorizeUrl(asking({ client_id, redirect_uri: 'https://evil.example/cb', ...changes })) }
}

describe('A23, a deliberate error of a client that registered itself', () => {
  it.each([[WRONG], [{ prompt: 'none' }], [{ response_type: 'magic' }], [{ max_age: 'x' }]])('A23 %j shows a page that names the host, and sends nobody on', async (changes: Record<string, string>) => {
    const { browser, url } = await setUp()
    const answer = await browser.send(url(changes))
    const text = await answer.text()
    expect([answer.status, answer.headers.get('location'), answer.headers.get('content-type')]).toEqual([400, null, 'text/html; charset=utf-8'])
    expect(text).toContain('Continue to <bdi>evil.example</bdi>')
    const [, href = ''] = /<a href="([^"]*)"/.exec(text) ?? []
    expect(Object.fromEntries(new URL(href.replaceAll('&amp;', '&')).searchParams)).toMatchObject({ error: expect.any(String) as string, state: 'S1', iss: 'https://as.example' })
    expect(text).not.toMatch(/<script|http-equiv/)
  })
  it('A23 the same by form_post is a form with a button', async () => {
    const { browser, url } = await setUp()
    const answer = await browser.send(url({ ...WRONG, response_mode: 'form_post' }))
    const text = await answer.text()
    expect(text).toContain('<form method="post" action="https://evil.example/cb">')
    expect(text).not.toContain('<script')
    expect(answer.headers.get('content-security-policy')).toContain('form-action https://evil.example')
  })
  it('goes home by itself once the user has let the client in', async () => {
    const { browser, url } = await setUp()
    const page = await browser.open(url({}))
    await browser.submit(page, { username: 'alice' })
    expect((await browser.send(url())).status).toBe(400)
    const again = await browser.open(url({}))
    expect(returned(await browser.submit(again, { decision: 'allow' }))).toHaveProperty('code')
    expect(returned(await browser.send(url()))).toMatchObject({ error: 'invalid_scope' })
    browser.cookies.clear()
    expect((await browser.send(url())).status).toBe(400)
  })
  it('goes home when the user said no on our own page', async () => {
    const { browser, url } = await setUp()
    const login = await browser.open(url({}))
    expect(returned(await browser.submit(login, { decision: 'deny' }))).toMatchObject({ error: 'access_denied' })
  })
  it('stays when the store can not say who is signed in', async () => {
    const { issuer, browser, url } = await setUp()
    await browser.open(url({}))
    browser.cookies.set('__Host-latchkey-session', 'x'.repeat(43))
    const { gather } = issuer.store
    let reads = 0
    Object.assign(issuer.store, { gather: (needs: never) => (++reads > 1 ? Promise.reject(new Error('away')) : gather(needs)) })
    issuer.pass(1)
    expect((await browser.send(url())).status).toBe(400)
    expect(reads).toBe(2)
  })
  it.each([
    ['of a client with an initial access token', undefined, true],
    ['where the operator says so', 'at once', false],
  ] as const)('ERR-3 goes home at once %s', async (_, errorRedirects, invited) => {
    const { browser, url } = await setUp(errorRedirects, invited)
    expect(returned(await browser.send(url()))).toMatchObject({ error: 'invalid_scope' })
  })
  it('stays for invited clients, too, where the operator says so', async () => {
    const { browser, url } = await setUp('after confirmation', true)
    expect((await browser.send(url())).status).toBe(400)
  })
})
