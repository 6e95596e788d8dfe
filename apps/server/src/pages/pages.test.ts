import { describe, expect, test } from 'vitest'
import { defaultPages, type ConsentProps, type Html, type LoginProps, type Site } from './index.ts'

const site: Site = { name: 'Latchkey', issuer: 'https://id.example.com', locale: 'en' }
const hostile = '"><script>alert(1)</script>\u202E\u0000moc.elgoog'
const form = { action: '/login?a=1&b="', hidden: [['interaction', 'x1'], ['csrf', '"><script>']] as const }
const login: LoginProps = { site, form, client: { client_id: 'spa', client_name: 'Demo SPA' } }
const consent: ConsentProps = {
  site, form,
  client: { client_id: 'spa', client_name: 'Demo SPA' },
  user: { username: 'alice', name: 'Alice Adams' },
  scopes: [{ name: 'openid' }, { name: 'api', description: 'Use the demo API' }],
  redirect_uri: 'https://app.example.com/callback?secret=1',
}
const hostileClient = { client_id: hostile, client_name: hostile, logo_uri: `https://x.example/${hostile}`, policy_uri: 'javascript:alert(1)', tos_uri: 'data:text/html,<script>' }

const print = async (page: Html): Promise<string> => String(await page)

/** The tags of a name in a page, as written. */
const tags = (page: string, name: string): string[] => page.match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? []
const tag = (page: string, name: string, holding: string): string | undefined => tags(page, name).find((text) => text.includes(holding))

const everyPage: Record<string, (locale: Site['locale']) => Html> = {
  home: (locale) => defaultPages.home({ site: { ...site, locale }, discoveryHref: '/.well-known/openid-configuration', accountHref: '/account', demo: { users: [{ username: 'alice', password: '</code><script>' }] } }),
  login: (locale) => defaultPages.login({ ...login, site: { ...site, locale }, client: hostileClient, username: hostile, problem: 'credentials_wrong' }),
  consent: (locale) => defaultPages.consent({ ...consent, site: { ...site, locale }, client: hostileClient, user: { username: hostile, name: hostile }, scopes: [{ name: hostile }, { name: 'a', title: hostile, description: hostile }], redirect_uri: hostile }),
  'device code': (locale) => defaultPages.device({ step: 'code', site: { ...site, locale }, form, user: { username: hostile, name: hostile }, user_code: hostile, problem: 'user_code_unknown' }),
  'device confirmation': (locale) => defaultPages.device({ step: 'confirmation', site: { ...site, locale }, form, client: hostileClient, user: { username: hostile, name: hostile }, scopes: [{ name: hostile }], seen: hostile, askedSecondsAgo: 61 }),
  'device done': (locale) => defaultPages.device({ step: 'done', site: { ...site, locale }, decision: 'deny' }),
  error: (locale) => defaultPages.error({ site: { ...site, locale }, error: hostile, description: hostile, traceId: hostile }),
  logout: (locale) => defaultPages.logout({ site: { ...site, locale }, form, client: hostileClient, user: { username: hostile, name: hostile } }),
  signedOut: (locale) => defaultPages.signedOut({ site: { ...site, locale }, back: { client: hostileClient, href: 'javascript:alert(1)', afterSeconds: 2 }, signInHref: '/login' }),
  'signed out, with frames': (locale) => defaultPages.signedOut({ site: { ...site, locale }, back: { client: hostileClient, href: `https://app.example.com/?state=${hostile}` }, frames: [`https://app.example.com/logout?${hostile}`] }),
  'still signed in': (locale) => defaultPages.signedOut({ site: { ...site, locale }, outcome: 'kept' }),
}

describe.each(Object.entries(everyPage))('the %s page', (_, render) => {
  test.each(['en', 'de'] as const)('in %s escapes hostile text and needs neither script nor inline style', async (locale) => {
    const page = await print(render(locale))
    expect(page).toMatch(/^<!doctype html><html lang="(en|de)">/)
    expect(page).toContain(`lang="${locale}"`)
    expect(tags(page, 'script')).toEqual([])
    expect(tags(page, 'style')).toEqual([])
    expect(page).not.toMatch(/<[^>]* style=/)
    expect(page).not.toMatch(/<[^>]* on\w+=/)
    expect(page).not.toContain('\u202E')
    expect(page).not.toContain('\u0000')
    expect(page).not.toMatch(/(href|src|action)="(javascript|data:text)/)
    expect(page).not.toContain('undefined')
    expect(page).not.toContain('[object')
    expect(page).not.toMatch(/\{\w+\}/)
    expect(tag(page, 'meta', 'viewport')).toContain('width=device-width')
    expect(tag(page, 'meta', 'color-scheme')).toContain('light dark')
    expect(tags(page, 'h1')).toHaveLength(1)
  })
})

describe('the login page', () => {
  test('posts username and password with the hidden fields', async () => {
    const page = await print(defaultPages.login(login))
    expect(tags(page, 'form')).toEqual(['<form class="form" method="post" action="/login?a=1&amp;b=&quot;">'])
    expect(tags(page, 'input').filter((input) => input.includes('hidden'))).toEqual([
      '<input type="hidden" name="interaction" value="x1"/>',
      '<input type="hidden" name="csrf" value="&quot;&gt;&lt;script&gt;"/>',
    ])
    expect(tag(page, 'input', 'name="username"')).toMatch(/id="username".*autocomplete="username".*required/)
    expect(tag(page, 'input', 'name="password"')).toMatch(/type="password".*autocomplete="current-password".*required/)
    expect(tag(page, 'input', 'name="password"')).not.toContain('value=')
    expect(tags(page, 'label')).toEqual(['<label for="username">', '<label for="password">'])
  })

  test('signs in by the Enter key, and cancels without filling the fields', async () => {
    const [first, second, ...rest] = tags(await print(defaultPages.login(login)), 'button')
    expect(first).not.toContain('name=')
    expect(second).toMatch(/name="decision" value="deny" formnovalidate/)
    expect(rest).toEqual([])
  })

  test('has nobody to cancel towards without a client', async () => {
    const { client: _, ...alone } = login
    expect(await print(defaultPages.login(alone))).not.toContain('decision')
  })

  test('starts at the field that is to be filled next', async () => {
    const focused = async (props: LoginProps) => tags(await print(defaultPages.login(props)), 'input').filter((input) => input.includes('autofocus')).map((input) => /name="(\w+)"/.exec(input)?.[1])
    expect(await focused(login)).toEqual(['username'])
    expect(await focused({ ...login, username: 'alice' })).toEqual(['password'])
    expect(await focused({ ...login, username: '', problem: 'username_missing' })).toEqual(['username'])
  })

  test('tells a problem as an alert that the fields refer to', async () => {
    const page = await print(defaultPages.login({ ...login, username: 'alice', problem: 'credentials_wrong' }))
    expect(page).toContain('<title>Error: Sign in · Latchkey</title>')
    expect(tag(page, 'p', 'id="problem"')).toContain('role="alert"')
    for (const name of ['username', 'password']) expect(tag(page, 'input', `name="${name}"`)).toMatch(/aria-invalid="true" aria-describedby="problem"/)
    expect(tag(page, 'input', 'name="username"')).toContain('value="alice"')
  })
})

describe('the logout page', () => {
  test('LOGOUT-3 asks with two answers, and says whose session it is and who asks', async () => {
    const page = await print(defaultPages.logout({ site, form, client: consent.client, user: consent.user }))
    expect(tags(page, 'button').map((button) => /name="(\w+)" value="(\w+)"/.exec(button)?.slice(1))).toEqual([['decision', 'deny'], ['decision', 'allow']])
    expect(page).toContain('<bdi class="account-name">Alice Adams</bdi>')
    expect(page).toContain('<bdi class="foreign">Demo SPA</bdi> asks for it.')
  })

  test('LOGOUT-6 the page after it loads frames, and goes on by itself and by a link, without a script', async () => {
    const back = { client: consent.client, href: 'https://app.example.com/bye?a=1&state=2', afterSeconds: 2 }
    const page = await print(defaultPages.signedOut({ site, back, frames: ['https://app.example.com/logout?iss=a&sid=b'] }))
    expect(tag(page, 'meta', 'refresh')).toBe('<meta http-equiv="refresh" content="2;url=https://app.example.com/bye?a=1&amp;state=2"/>')
    expect(tag(page, 'a', 'button-main')).toContain('href="https://app.example.com/bye?a=1&amp;state=2"')
    expect(tags(page, 'iframe')).toEqual([expect.stringMatching(/^<iframe src="https:\/\/app\.example\.com\/logout\?iss=a&amp;sid=b" title="Signed out" sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer" hidden/)])
  })

  test.each([
    ['com.example.app:/bye', 'com.example.app:/bye'],
    ['https://app.example.com/bye', 'https://app.example.com/bye'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['app:/bye', undefined],
  ])('of %s the way back is %s', async (href, link) => {
    const page = await print(defaultPages.signedOut({ site, back: { client: consent.client, href, afterSeconds: 2 } }))
    expect(/ href="([^"]*)"/.exec(tag(page, 'a', 'button-main') ?? '')?.[1]).toBe(link)
    expect(tags(page, 'meta').some((text) => text.includes('refresh'))).toBe(link !== undefined)
  })
})

describe('the consent page', () => {
  test('offers to deny, to allow and to switch the account', async () => {
    const page = await print(defaultPages.consent(consent))
    expect(tags(page, 'button').map((button) => /name="(\w+)" value="(\w+)"/.exec(button)?.slice(1))).toEqual([['decision', 'switch'], ['decision', 'deny'], ['decision', 'allow']])
    expect(tags(page, 'input')).toHaveLength(2)
  })

  test('says who asks, whom, for what and where it leads', async () => {
    const page = await print(defaultPages.consent(consent))
    expect(page).toContain('<h1><bdi class="foreign">Demo SPA</bdi> wants to use your account</h1>')
    expect(page).toContain('<bdi class="account-name">Alice Adams</bdi>')
    expect(page).toContain('Sign you in')
    expect(page).toContain('<bdi>Use the demo API</bdi>')
    expect(page).toContain('<bdi class="host" dir="ltr">app.example.com</bdi>')
    expect(page).not.toContain('secret=1')
  })

  test.each([
    ['http://127.0.0.1:5000/cb', '127.0.0.1:5000', 'on this device'],
    ['com.example.app:/cb', 'com.example.app', 'back to the app'],
    ['https://аpple.com/cb', 'xn--pple-43d.com', 'go back to'],
    ['https://apple.com@evil.example/cb', 'evil.example', 'go back to'],
  ])('names where %s leads', async (redirect_uri, host, words) => {
    const page = await print(defaultPages.consent({ ...consent, redirect_uri }))
    expect(page).toContain(`dir="ltr">${host}</bdi>`)
    expect(page).toContain(words)
  })

  test('knows no scope by accident of its name', async () => {
    const page = await print(defaultPages.consent({ ...consent, scopes: [{ name: 'constructor' }, { name: '__proto__' }] }))
    expect(page).toContain('Use the permission “<bdi>constructor</bdi>”')
    expect(page).toContain('Use the permission “<bdi>__proto__</bdi>”')
  })

  test('links the client’s documents only when they are web pages', async () => {
    const page = await print(defaultPages.consent({ ...consent, client: { ...consent.client, policy_uri: 'https://app.example.com/privacy', tos_uri: 'javascript:alert(1)' } }))
    expect(tags(page, 'a')).toEqual(['<a href="https://app.example.com/privacy" rel="noopener noreferrer nofollow" target="_blank">'])
  })

  test('A27 shows a logo from our own origin, and a monogram for a client without one', async () => {
    const images = async (client: object, issuer = site.issuer) => tags(await print(defaultPages.consent({ ...consent, site: { ...site, issuer }, client: { ...consent.client, ...client } })), 'img')
    const logo_uri = 'https://app.example.com/logo.png'
    expect(await images({ logo_uri })).toEqual(['<img src="/logos/spa" alt="" width="48" height="48"/>'])
    expect(await images({ logo_uri, client_id: 'a/"b' }, 'https://id.example.com/tenant')).toEqual(['<img src="/tenant/logos/a%2F%22b" alt="" width="48" height="48"/>'])
    for (const client of [{}, { logo_uri, client_id: '..' }, { logo_uri: 'javascript:alert(1)' }, { logo_uri: 'data:image/png;base64,AA==' }]) expect(await images(client)).toEqual([])
  })

  test('warns of a client that registered itself', async () => {
    expect(await print(defaultPages.consent(consent))).not.toContain('registered itself')
    expect(await print(defaultPages.consent({ ...consent, client: { ...consent.client, isSelfRegistered: true } }))).toContain('registered itself')
  })
})

describe('the error page', () => {
  test('shows the error name and the trace id, and links nowhere', async () => {
    const page = await print(defaultPages.error({ site, error: 'invalid_request', description: 'See https://evil.example/', traceId: '01KAQ3F7' }))
    expect(page).toContain('<code>invalid_request</code>')
    expect(page).toContain('<code class="selectable">01KAQ3F7</code>')
    expect(tags(page, 'a')).toEqual([])
    expect(tags(page, 'form')).toEqual([])
  })

  test('names the host to which it offers to go on, by a link or by a form', async () => {
    const onward = { host: 'evil.example', href: 'https://evil.example/cb?error=invalid_scope' }
    const link = await print(defaultPages.error({ site, error: 'invalid_scope', traceId: 't', onward }))
    expect(tags(link, 'a')).toEqual(['<a class="button button-plain" href="https://evil.example/cb?error=invalid_scope" rel="noreferrer">'])
    expect(link).toContain('Continue to <bdi class="host" dir="ltr">evil.example</bdi>')
    const form = await print(defaultPages.error({ site, error: 'invalid_scope', traceId: 't', onward: { host: 'evil.example', form: { action: 'https://evil.example/cb', hidden: [['state', '<x>']] } } }))
    expect(tags(form, 'form')).toEqual(['<form class="form" method="post" action="https://evil.example/cb">'])
    expect(form).toContain('value="&lt;x&gt;"')
    expect(tags(await print(defaultPages.error({ site, error: 'x', traceId: 't', onward: { host: 'x', href: 'javascript:alert(1)' } })), 'a')).toEqual([])
  })

  test.each([['access_denied', 'Access wasn’t given'], ['server_error', 'our side'], ['something_new', 'This request can’t be completed']])('explains %s', async (error, words) => {
    expect(await print(defaultPages.error({ site, error, traceId: 't' }))).toContain(words)
  })
})

test('the home page leads to the discovery document and the examples', async () => {
  const page = await print(defaultPages.home({ site, discoveryHref: '/.well-known/openid-configuration', links: [{ title: 'Example app', href: 'http://localhost:4701' }] }))
  expect(tags(page, 'a').map((link) => /href="([^"]*)"/.exec(link)?.[1])).toEqual(['http://localhost:4701', '/.well-known/openid-configuration'])
  expect(page).not.toContain('Demo')
})

test('the signed-out page leads back to the client', async () => {
  const page = await print(defaultPages.signedOut({ site, back: { client: consent.client, href: 'https://app.example.com/bye' } }))
  expect(tags(page, 'a')).toEqual(['<a class="button button-main" href="https://app.example.com/bye">'])
})

describe('the device page', () => {
  const confirmation = { step: 'confirmation', site, form, client: { client_id: 'tv', client_name: 'Demo TV' }, user: consent.user, scopes: [{ name: 'openid' }], askedSecondsAgo: 59 } as const

  test('asks for the code in a field that nothing fills in or corrects', async () => {
    const page = await print(defaultPages.device({ step: 'code', site, form, user: consent.user }))
    expect(tag(page, 'input', 'name="user_code"')).toMatch(/value="" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" dir="ltr" maxlength="40" required.* autofocus/)
    expect(tags(page, 'label')).toEqual(['<label for="user_code">'])
    expect(tags(page, 'button').map((button) => /value="(\w+)"/.exec(button)?.[1])).toEqual([undefined, 'switch'])
    expect(tags(page, 'form')).toHaveLength(2)
  })

  test('says what is wrong with a code, at the field', async () => {
    const page = await print(defaultPages.device({ step: 'code', site, form, user: consent.user, user_code: 'BBBB-BBBB', problem: 'user_code_unknown' }))
    expect(tag(page, 'input', 'name="user_code"')).toMatch(/value="BBBB-BBBB".*aria-describedby="problem" aria-invalid="true"/)
    expect(page).toContain('<title>Error: Connect a device')
  })

  test.each([
    ['en', 0, '0 seconds ago'],
    ['en', 59, '59 seconds ago'],
    ['en', 60, '1 minute ago'],
    ['en', 599, '9 minutes ago'],
    ['en', -3, '0 seconds ago'],
    ['de', 120, 'vor 2 Minuten'],
  ] as const)('tells in %s that %i seconds are %s', async (locale, askedSecondsAgo, words) => {
    expect(await print(defaultPages.device({ ...confirmation, site: { ...site, locale }, askedSecondsAgo }))).toContain(`<dd>${words}</dd>`)
  })

  test('D10 names the client, the device and the risk before the buttons, and lets both answers be given', async () => {
    const page = await print(defaultPages.device({ ...confirmation, seen: 'TV/1.0' }))
    const order = ['Demo TV', 'If somebody sent you this code', '<bdi dir="ltr">TV/1.0</bdi>', 'Alice Adams', 'Sign you in', 'value="deny"', 'value="allow"'].map((text) => page.indexOf(text))
    expect(order.every((at) => at > 0)).toBe(true)
    expect(order).toEqual(order.toSorted((one, other) => one - other))
  })

  test('says what came of it', async () => {
    const done = async (decision: 'allow' | 'deny') => print(defaultPages.device({ step: 'done', site, decision }))
    expect([await done('allow'), await done('deny')]).toEqual([expect.stringContaining('You’re signed in on your device'), expect.stringContaining('wasn’t let in')])
    expect(tags(await done('allow'), 'form')).toEqual([])
  })
})
