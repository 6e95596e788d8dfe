import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { authorizeUrl, browserFor, codeOf, returned } from './browser.ts'
import { dawdling } from './dawdling.ts'
import { ISSUER, type Issuer } from './issuer.ts'
import { askingFor, logoutIssuer, relyingParties, type RelyingParties, signInTo } from './relying-parties.ts'
import { isAlive, redeeming, refreshing, tokenRequest, type Tokens } from './tokens.ts'

const ROUNDS = 150

/** Waits for some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = count; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
}

/** A store that never notices that a session has gone: what the races must notice. */
function credulous(inner: Store): Store {
  const seen = new Map<string, unknown>()
  return {
    ...inner,
    async gather(needs) {
      const known: Record<string, unknown> = { ...(await inner.gather(needs)) }
      for (const [name, need] of Object.entries(needs)) {
        if (need.need !== 'find' || need.kind !== 'session' || need.key === '') continue
        if (known[name] !== undefined) seen.set(need.key, known[name])
        known[name] ??= seen.get(need.key)
      }
      return known as never
    },
  }
}

/** One user, signed in to `news`, who signs out while `shop` asks for a code: what `shop` has in the end, and whether it was told. */
async function beside(issuer: Issuer, parties: RelyingParties, later: number): Promise<{ code: boolean; tokens: boolean; told: boolean }> {
  const browser = browserFor(issuer)
  const { id_token } = await signInTo('news', browser, issuer)
  parties.told.length = 0
  const [asked] = await Promise.all([
    turns(later).then(() => browser.send(authorizeUrl(askingFor('shop', { scope: 'openid offline_access', prompt: 'none' })))),
    browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token })}`),
  ])
  const { code } = returned(asked)
  const redeemed = code === undefined ? undefined : await issuer.fetch(tokenRequest(redeeming(code, { client_id: 'shop', redirect_uri: 'https://shop.example/cb' })))
  return { code: code !== undefined, tokens: redeemed?.status === 200, told: parties.told.some(({ url }) => url.startsWith('https://shop')) }
}

async function outcomes(wrap: (inner: Store) => Store): Promise<readonly { code: boolean; tokens: boolean; told: boolean }[]> {
  const parties = relyingParties()
  const issuer = logoutIssuer(parties, { store: wrap(memoryStore()), algorithms: ['ES256'], clients: CLIENTS })
  const all: { code: boolean; tokens: boolean; told: boolean }[] = []
  for (let round = 0; round < ROUNDS; round++) all.push(await beside(issuer, parties, (round % 8) * 12))
  return all
}

const CLIENTS = ['shop', 'news'].map((client_id) => ({
  client_id,
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [`https://${client_id}.example/cb`],
  scope: 'openid offline_access',
  policy: { consent: 'never' },
  ...(client_id === 'shop' ? { backchannel_logout_uri: 'https://shop.example/logout' } : {}),
}) as const)

describe('a logout beside', () => {
  it('LOGOUT-4 a request for a code: no code of the session is good afterwards, and whoever got one is told', async () => {
    const all = await outcomes((inner) => dawdling(inner, 40))
    expect(all.filter(({ tokens }) => tokens)).toEqual([])
    expect(all.filter(({ code, told }) => code && !told)).toEqual([])
    expect(new Set(all.map(({ code }) => code))).toEqual(new Set([true, false]))
  }, 60_000)
  it('would be noticed: a server that does not see that the session has gone', async () => {
    const all = await outcomes((inner) => dawdling(credulous(inner), 40))
    expect(all.filter(({ tokens }) => tokens).length).toBeGreaterThan(0)
  }, 60_000)
  it('L05 the redemption of a code: its tokens are dead, or there are none', async () => {
    const issuer = logoutIssuer(relyingParties(), { store: dawdling(memoryStore()), algorithms: ['ES256'], clients: CLIENTS })
    const seen = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const browser = browserFor(issuer)
      const { id_token } = await signInTo('news', browser, issuer)
      const code = await codeOf(browser, askingFor('shop'))
      const [redeemed] = await Promise.all([
        turns((round % 6) * 8).then(() => issuer.fetch(tokenRequest(redeeming(code, { client_id: 'shop', redirect_uri: 'https://shop.example/cb' })))),
        browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token })}`),
      ])
      seen.add(redeemed.status)
      const { access_token = '' } = (await redeemed.json()) as Partial<Tokens>
      expect(await isAlive(issuer, access_token)).toBe(false)
    }
    expect(seen).toEqual(new Set([200, 400]))
  }, 60_000)
  it('a refresh with offline access: the refresh is not harmed', async () => {
    const issuer = logoutIssuer(relyingParties(), { store: dawdling(memoryStore()), algorithms: ['ES256'], clients: CLIENTS })
    for (let round = 0; round < 50; round++) {
      const browser = browserFor(issuer)
      const { id_token, refresh_token } = await signInTo('shop', browser, issuer, undefined, 'openid offline_access')
      const [refreshed] = await Promise.all([
        issuer.fetch(tokenRequest(refreshing(refresh_token, { client_id: 'shop' }))),
        browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token })}`),
      ])
      expect(refreshed.status).toBe(200)
      expect(await isAlive(issuer, ((await refreshed.json()) as Tokens).access_token)).toBe(true)
    }
  }, 60_000)
})

describe('S, a store that fails while a session ends', () => {
  /** alice, signed in to `shop`, on a store whose commits fail from the nth on, once it is told to. */
  async function failing(nth: number) {
    const parties = relyingParties()
    const inner = memoryStore()
    let passing = Number.POSITIVE_INFINITY
    const store: Store = { ...inner, commit: (writes) => (passing-- === 0 ? Promise.reject(new Error('disk full')) : inner.commit(writes)) }
    const issuer = logoutIssuer(parties, { store })
    const browser = browserFor(issuer)
    const { id_token } = await signInTo('shop', browser, issuer)
    const signOut = () => browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token })}`)
    passing = nth
    return { parties, issuer, browser, signOut }
  }

  it('LOGOUT-7 at its end: nothing has ended and nobody is told, and the next try ends it and tells everybody', async () => {
    const { parties, issuer, browser, signOut } = await failing(0)
    const cookies = new Map(browser.cookies)
    const first = await signOut()
    expect([first.status, first.headers.get('retry-after'), parties.told, browser.cookies]).toEqual([503, '2', [], cookies])
    expect((await issuer.sessions.list('alice')).length).toBe(1)
    expect((await signOut()).status).toBe(200)
    expect([await issuer.sessions.list('alice'), parties.told.length, await issuer.logouts.report()]).toEqual([[], 1, []])
  })
  it('LOGOUT-7 after its end: the user is signed out, and the client is told once more rather than never', async () => {
    const { parties, issuer, signOut } = await failing(1)
    expect([(await signOut()).status, parties.told.length]).toEqual([200, 1])
    expect(issuer.events.some(({ event }) => event === 'fault')).toBe(true)
    expect(await issuer.logouts.report()).toMatchObject([{ client_id: 'shop', state: 'waiting' }])
    issuer.pass(15)
    expect(await issuer.logouts.deliver()).toBe(1)
    expect([await issuer.sessions.list('alice'), parties.told.length, await issuer.logouts.report()]).toEqual([[], 2, []])
  })
})
