import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { asking, authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { conflictBlind } from './conflict-blind.ts'
import { ISSUER, type Issuer, refused, testIssuer } from './issuer.ts'
import { expectError, isAlive, redeeming, refreshing, signedIn, SERVICE, tokenRequest, type Tokens, tokensOf, userinfoRequest } from './tokens.ts'

const CALLERS = 50

/** What 50 callers get who send the same at once, and what is left. */
async function race(issuer: Issuer, body: Parameters<typeof tokenRequest>[0]): Promise<{ won: readonly Tokens[]; lost: readonly string[] }> {
  const answers = await Promise.all(Array.from({ length: CALLERS }, () => issuer.fetch(tokenRequest(body))))
  const won = await Promise.all(answers.filter(({ status }) => status === 200).map((answer) => answer.json() as Promise<Tokens>))
  const lost = await Promise.all(answers.filter(({ status }) => status !== 200).map(async (answer) => `${answer.status} ${((await answer.json()) as { error: string }).error}`))
  return { won, lost }
}
const ALL_LOST = Array.from({ length: CALLERS - 1 }, () => '400 invalid_grant')

describe('races', () => {
  it('T10 50 redemptions of one code: one wins, and its tokens live', async () => {
    for (let round = 0; round < 20; round++) {
      const issuer = testIssuer({ algorithms: ['ES256'] })
      const code = await codeOf(browserFor(issuer), asking({ scope: 'openid offline_access' }))
      const { won, lost } = await race(issuer, redeeming(code))
      expect([won.length, lost]).toEqual([1, ALL_LOST])
      expect(await isAlive(issuer, won[0]?.access_token ?? '')).toBe(true)
      await tokensOf(await issuer.fetch(tokenRequest(refreshing(won[0]?.refresh_token ?? ''))))
      expect(issuer.count('refresh_token')).toBe(1)
    }
  })
  it('F02 strict, 50 refreshes with one token: one wins, and its tokens live', async () => {
    for (let round = 0; round < 20; round++) {
      const issuer = testIssuer({ algorithms: ['ES256'] })
      const { refresh_token } = await signedIn(issuer, { client_id: 'strict' })
      const { won, lost } = await race(issuer, refreshing(refresh_token, { client_id: 'strict' }))
      expect([won.length, lost]).toEqual([1, ALL_LOST])
      expect(await isAlive(issuer, won[0]?.access_token ?? '')).toBe(true)
      await tokensOf(await issuer.fetch(tokenRequest(refreshing(won[0]?.refresh_token ?? '', { client_id: 'strict' }))))
    }
  })
  it('F03 grace, 50 refreshes with one token: all get the same successor', async () => {
    for (let round = 0; round < 20; round++) {
      const issuer = testIssuer({ algorithms: ['ES256'] })
      const { refresh_token } = await signedIn(issuer)
      const { won, lost } = await race(issuer, refreshing(refresh_token))
      expect([won.length, lost, new Set(won.map((tokens) => tokens.refresh_token)).size, issuer.count('refresh_token')]).toEqual([CALLERS, [], 1, 1])
      await tokensOf(await issuer.fetch(tokenRequest(refreshing(won[0]?.refresh_token ?? ''))))
    }
  })
  it('T10 F02 would be noticed: a store without conflicts has more than one winner each time', async () => {
    for (let round = 0; round < 20; round++) {
      const issuer = testIssuer({ store: conflictBlind(), algorithms: ['ES256'] })
      const code = await codeOf(browserFor(issuer), asking({ client_id: 'strict', scope: 'openid offline_access' }))
      const codes = await race(issuer, redeeming(code, { client_id: 'strict' }))
      const refreshes = await race(issuer, refreshing(codes.won[0]?.refresh_token ?? '', { client_id: 'strict' }))
      expect(codes.won.length).toBeGreaterThan(1)
      expect(refreshes.won.length).toBeGreaterThan(1)
    }
  })
})

/** A store whose next commits or lookups reject when told. */
function faulty(): { store: Store; fail: { commits: number; gathers: number; conflicts: number; after: boolean } } {
  const inner = memoryStore()
  const fail = { commits: 0, gathers: 0, conflicts: 0, after: false }
  const secret = 'SQLITE_IOERR: INSERT INTO refresh_token at /var/db/latchkey.db'
  return {
    fail,
    store: {
      ...inner,
      gather: (needs) => (fail.gathers-- > 0 ? Promise.reject(new Error(secret)) : inner.gather(needs)),
      async commit(writes) {
        if (fail.conflicts-- > 0) return 'conflict'
        if (fail.commits-- <= 0) return inner.commit(writes)
        if (fail.after) await inner.commit(writes)
        throw new Error(secret)
      },
    },
  }
}

async function expectAway(issuer: Issuer, act: () => Promise<Response>): Promise<void> {
  const answer = await refused(issuer, 'temporarily_unavailable', act)
  expect(answer.headers.get('retry-after')).toBe('2')
  await expectError(answer, 503, 'temporarily_unavailable')
}

describe('faults', () => {
  it('F12 a rotation that can not be stored is answered 503 and can be tried again', async () => {
    const { store, fail } = faulty()
    const issuer = testIssuer({ store })
    const { refresh_token } = await signedIn(issuer)
    fail.commits = 1
    await expectAway(issuer, () => issuer.fetch(tokenRequest(refreshing(refresh_token))))
    const next = await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(next.refresh_token))))
  })
  it('F11 a rotation that was stored although the store failed, can be tried again too', async () => {
    const { store, fail } = faulty()
    const issuer = testIssuer({ store })
    const { refresh_token } = await signedIn(issuer)
    Object.assign(fail, { commits: 1, after: true })
    expect((await issuer.fetch(tokenRequest(refreshing(refresh_token)))).status).toBe(503)
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
  })
  it('a code survives a redemption that can not be stored', async () => {
    const { store, fail } = faulty()
    const issuer = testIssuer({ store })
    const code = await codeOf(browserFor(issuer))
    fail.commits = 1
    await expectAway(issuer, () => issuer.fetch(tokenRequest(redeeming(code))))
    fail.gathers = 1
    await expectAway(issuer, () => issuer.fetch(tokenRequest(redeeming(code))))
    fail.conflicts = 10
    await expectAway(issuer, () => issuer.fetch(tokenRequest(redeeming(code))))
    await tokensOf(await issuer.fetch(tokenRequest(redeeming(code))))
  })
  it('a store that is away is told at every endpoint and page, and nothing of why', async () => {
    const { store, fail } = faulty()
    const issuer = testIssuer({ store })
    const { access_token } = await signedIn(issuer)
    const browser = browserFor(issuer)
    const page = await browser.open(authorizeUrl(asking()))
    const requests: readonly (() => Promise<Response>)[] = [
      () => browser.send(authorizeUrl(asking())),
      () => browser.send(page.url),
      () => browser.submit(page, { username: 'alice' }),
      () => issuer.fetch(userinfoRequest(access_token)),
      () => issuer.fetch(userinfoRequest('opaque')),
    ]
    for (const request of requests) {
      fail.gathers = 1
      const answer = await refused(issuer, 'temporarily_unavailable', request)
      expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('www-authenticate')]).toEqual([503, '2', null])
      expect(await answer.text()).not.toMatch(/SQLITE|INSERT|\/var\/|\.ts:|at /)
    }
    expect(issuer.events.filter(({ event }) => event === 'fault')).toHaveLength(requests.length)
    expect(returned(await browser.submit(page, { username: 'alice' })).code).toMatch(/^[\w-]{43}$/)
  })
  it('users that can not be asked are told as a store that is away', async () => {
    let isAway = false
    const users = { find: (sub: string) => (isAway ? Promise.reject(new Error('ldap://secret')) : { sub, active: true, claims: {} }) }
    const issuer = testIssuer({ users })
    const { refresh_token } = await signedIn(issuer)
    isAway = true
    await expectAway(issuer, () => issuer.fetch(tokenRequest(refreshing(refresh_token))))
    isAway = false
    await tokensOf(await issuer.fetch(tokenRequest(refreshing(refresh_token))))
    const throwing = testIssuer({ store: issuer.store, users: { find: () => { throw new Error('ldap://secret') } } })
    await expectAway(throwing, () => throwing.fetch(tokenRequest(refreshing(refresh_token))))
  })
  it('a fault of ours is a server_error without a word of what it was', async () => {
    const keys = { algorithms: ['ES256'], sign: () => { throw new Error('secret stack') }, verify: () => Promise.resolve(undefined), seal: () => 's', derive: () => 'd', published: () => { throw new Error('secret stack') } } as const
    const issuer = testIssuer({ keys })
    const answer = await refused(issuer, 'server_error', () => issuer.fetch(tokenRequest({ grant_type: 'client_credentials', scope: 'api' }, SERVICE)))
    await expectError(answer, 500, 'server_error')
    const jwks = await refused(issuer, 'server_error', () => issuer.fetch(new Request(`${ISSUER}/jwks`)))
    expect([jwks.headers.get('cache-control'), JSON.stringify(await jwks.json())]).toEqual(['no-store', expect.not.stringContaining('secret')])
  })
  it('a listener that throws does not lose what was committed', async () => {
    const issuer = testIssuer({ events: () => { throw new Error('the log is full') } })
    await signedIn(issuer)
    expect((await issuer.fetch(tokenRequest({}))).status).toBe(401)
  })
  it('a refusal page that fails gives way to the plain one', async () => {
    const path = (question: string) => `/${question}`
    const failing = testIssuer({ interaction: { path, refusal: () => Promise.reject(new Error('no template')) } })
    const answer = await refused(failing, 'authorize_client_missing', () => failing.fetch(new Request(`${ISSUER}/authorize`)))
    expect([answer.status, (await answer.text()).includes('<h1>Sign-in stopped</h1>'), failing.events.map(({ event }) => event)]).toEqual([400, true, ['refused', 'fault']])
    const own = testIssuer({ interaction: { path, refusal: ({ error, text, status, trace }) => new Response(`${error} ${text} ${trace}`, { status, headers: { 'cache-control': 'no-store' } }) } })
    const shown = await refused(own, 'authorize_client_unknown', () => own.fetch(new Request(`${ISSUER}/authorize?client_id=x`)))
    expect([shown.status, await shown.text()]).toEqual([400, `invalid_client The application is not known here. ${shown.headers.get('trace-id')}`])
  })
})
