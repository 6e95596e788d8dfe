import { afterAll, beforeAll, expect, test } from 'vitest'
import { startConfigured } from './running/configured.ts'
import { CAROL } from './running/rules-of-servers.ts'
import { type Arrival, has, pageOf, type Page, UserAgent } from './running/user-agent.ts'

const CALLBACK = 'https://app.example.com/callback'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const CODE = { grant_types: ['authorization_code', 'implicit'], redirect_uris: [CALLBACK] }

let server: Awaited<ReturnType<typeof startConfigured>>

beforeAll(async () => {
  server = await startConfigured({
    users: [CAROL],
    clients: [
      { client_id: 'web', client_secret: 'a-secret-of-the-tests-that-is-long-enough-3', logo_uri: 'https://cdn.example.com/logo.png', profile: 'oidc', response_types: ['code', 'code id_token'], scope: 'openid', frontchannel_logout_uri: 'https://app.example.com/bye', ...CODE },
      { client_id: 'tv', token_endpoint_auth_method: 'none', grant_types: [DEVICE], scope: 'openid' },
    ],
  })
})
afterAll(() => server?.stop())

interface Visit {
  readonly agent: UserAgent
  authorize(more?: Readonly<Record<string, string>>): Promise<Page>
  open(path: string): Promise<Page>
  /** Signs in on a page that asks for it. */
  signIn(page: Page): Promise<Arrival>
}

function visit(): Visit {
  const agent = new UserAgent(server.issuer)
  const open = async (path: string) => pageOf(await agent.visit(server.issuer + path))
  return {
    agent,
    open,
    authorize: (more = {}) => open(`/authorize?${new URLSearchParams({ client_id: 'web', response_type: 'code id_token', response_mode: 'form_post', redirect_uri: CALLBACK, scope: 'openid', state: 'S', nonce: 'N', ...more })}`),
    signIn: (page) => agent.submit(page, { username: 'carol', password: 'carol' }),
  }
}

async function consentPage({ authorize, signIn }: Visit): Promise<Page> {
  const page = pageOf(await signIn(await authorize({ prompt: 'consent' })))
  expect(has(page, 'button[value=allow]')).toBe(true)
  return page
}

async function deviceCodePage({ open, signIn }: Visit): Promise<Page> {
  return pageOf(await signIn(await open('/device')))
}

async function devicePage(visited: Visit): Promise<Page> {
  const answer = await fetch(`${server.issuer}/device_authorization`, { method: 'POST', body: new URLSearchParams({ client_id: 'tv', scope: 'openid' }) })
  const { user_code } = (await answer.json()) as { user_code: string }
  return pageOf(await visited.agent.submit(await deviceCodePage(visited), { user_code }))
}

async function logoutPage(visited: Visit): Promise<Page> {
  await consentPage(visited)
  return visited.open('/logout')
}

interface Expected {
  readonly status?: number
  /** What the page must hold, so that it is the page that is meant. */
  readonly holds: string
  /** Whose pages it loads in frames. */
  readonly frames?: string
  readonly script?: true
  readonly isFramed?: true
}

const PAGES: readonly (readonly [name: string, open: (visited: Visit) => Promise<Page>, expected: Expected])[] = [
  ['home', ({ open }) => open('/'), { holds: 'h1' }],
  ['login', ({ authorize }) => authorize(), { holds: 'input[name=password]' }],
  ['login, after a wrong password', async ({ agent, authorize }) => pageOf(await agent.submit(await authorize(), { username: 'carol', password: 'wrong' })), { status: 400, holds: '[role=alert]' }],
  ['consent', consentPage, { holds: 'button[value=allow]' }],
  ['form_post', async (visited) => pageOf(await visited.agent.submit(await consentPage(visited), { decision: 'allow' })), { holds: 'input[name=code]', script: true }],
  ['form_post of an error', ({ authorize }) => authorize({ prompt: 'none' }), { holds: 'input[name=error]', script: true }],
  ['error', ({ authorize }) => authorize({ redirect_uri: 'https://evil.example/' }), { status: 400, holds: 'code' }],
  ['no such address', ({ open }) => open('/nowhere'), { status: 404, holds: 'code' }],
  ['an address that is too long', ({ open }) => open(`/${'x'.repeat(9_000)}`), { status: 414, holds: 'code' }],
  ['an interaction of nobody', ({ open }) => open('/consent?interaction=none'), { status: 400, holds: 'code' }],
  ['device, the code', deviceCodePage, { holds: 'input[name=user_code]' }],
  ['device, a wrong code', async (visited) => pageOf(await visited.agent.submit(await deviceCodePage(visited), { user_code: 'BBBB-BBBB' })), { status: 400, holds: '[role=alert]' }],
  ['device, the question', devicePage, { holds: 'button[value=allow]' }],
  ['device, done', async (visited) => pageOf(await visited.agent.submit(await devicePage(visited), { decision: 'deny' })), { holds: 'h1' }],
  ['logout', logoutPage, { holds: 'button[value=deny]' }],
  ['still signed in', async (visited) => pageOf(await visited.agent.submit(await logoutPage(visited), { decision: 'deny' })), { holds: 'h1' }],
  ['signed out', async (visited) => {
    await visited.agent.submit(await consentPage(visited), { decision: 'allow' })
    return pageOf(await visited.agent.submit(await visited.open('/logout'), { decision: 'allow' }))
  }, { holds: 'iframe', frames: 'https://app.example.com' }],
  ['check_session', ({ open }) => open('/check_session'), { holds: 'script', script: true, isFramed: true }],
]

test.each(PAGES)('V01 A27 %s: nobody frames it, it runs no script of others, and loads and keeps nothing', async (_, open, { status = 200, holds, frames, script, isFramed }) => {
  const { status: answered, headers, html } = await open(visit())
  expect([answered, html.querySelector(holds)]).toEqual([status, expect.anything()])
  expect(Object.fromEntries(headers)).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  expect(headers.get('x-frame-options')).toBe(isFramed ? null : 'DENY')
  const policy = new Map((headers.get('content-security-policy') ?? '').split('; ').map((directive): [string, string] => [directive.replace(/ .*/, ''), directive.replace(/^\S+ ?/, '')]))
  expect([policy.get('default-src'), policy.get('base-uri'), policy.get('frame-ancestors')]).toEqual(["'none'", "'none'", isFramed ? '*' : "'none'"])
  const scripts = policy.get('script-src')?.replace(/sha256-[A-Za-z0-9+/]{43}=/, 'HASH')
  expect([scripts, policy.get('frame-src'), policy.get('img-src') ?? "'self'", policy.get('style-src') ?? "'self'"]).toEqual([script ? "'HASH'" : undefined, frames, "'self'", "'self'"])
  expect([...policy.values()].join()).not.toMatch(/unsafe|data:|blob:/)
  expect(html.querySelectorAll('script')).toHaveLength(script ? 1 : 0)
  expect(html.querySelectorAll('script[src], style, [style], base, object, embed')).toEqual([])
  expect([...html.toString().matchAll(/ (on\w+)=/g)]).toEqual([])
  const loaded = html.querySelectorAll('img, link, iframe').flatMap((element) => element.getAttribute('src') ?? element.getAttribute('href') ?? [])
  expect(new Set(loaded.map((url) => new URL(url, server.issuer).origin))).toEqual(new Set([...(loaded.some((url) => url.startsWith('/')) ? [server.issuer] : []), ...(frames === undefined ? [] : [frames])]))
})

test('A27 the logo of a client comes from us', async () => {
  const page = await consentPage(visit())
  expect(page.html.querySelector('img')?.getAttribute('src')).toBe('/logos/web')
})
