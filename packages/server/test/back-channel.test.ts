import { type Event, fetchOutbound } from '@latchkey/server'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { browserFor } from './browser.ts'
import { ISSUER, type Issuer } from './issuer.ts'
import { logoutIssuer, logoutTokenIn, relyingParties, type RelyingParties, RELYING_PARTIES, signInTo } from './relying-parties.ts'
import { claimsOf } from './tokens.ts'

const SHOP = 'https://shop.example/logout'
const MAIL = 'https://mail.example/logout'

/** Signs alice in to these clients, and answers how to sign her out. */
async function signedInTo(clients: readonly string[], issuer: Issuer): Promise<{ sid: string; signOut: () => Promise<Response> }> {
  const browser = browserFor(issuer)
  let id_token = ''
  for (const client_id of clients) ({ id_token } = await signInTo(client_id, browser, issuer))
  return { sid: String(claimsOf(id_token).sid), signOut: () => browser.send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: id_token })}`) }
}

const deliveries = (issuer: Issuer): readonly Extract<Event, { event: 'logout_delivery' }>[] => issuer.events.flatMap((event) => (event.event === 'logout_delivery' ? [event] : []))
const urlsOf = ({ told }: RelyingParties): readonly string[] => told.map(({ url }) => url).sort()


describe('LOGOUT-7 L07 the back channel', () => {
  it('posts to each client that took part a form with a logout token and nothing else', async () => {
    const parties = relyingParties()
    const issuer = logoutIssuer(parties)
    const { signOut } = await signedInTo(['shop', 'mail', 'both', 'news', 'plain', 'shop'], issuer)
    expect((await signOut()).status).toBe(200)
    expect(urlsOf(parties)).toEqual(['https://both.example/back', MAIL, SHOP])
    for (const { request } of parties.told) {
      expect(request).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      expect(request.timeout).toBeLessThanOrEqual(5)
      expect([...new URLSearchParams(request.body).keys()]).toEqual(['logout_token'])
    }
    expect(deliveries(issuer).map(({ client_id, state, attempts, status }) => [client_id, state, attempts, status]).sort()).toEqual(['both', 'mail', 'shop'].map((name) => [name, 'delivered', 1, 200]))
    expect(await issuer.logouts.report()).toEqual([])
  })
  it.each([
    ['shop', 'RS256'],
    ['mail', 'ES256'],
  ])('tells %s by a token of its algorithm, %s, that can be nothing else', async (client_id, alg) => {
    const parties = relyingParties()
    const issuer = logoutIssuer(parties)
    const { sid, signOut } = await signedInTo([client_id], issuer)
    await signOut()
    const [told] = parties.told
    const token = told === undefined ? '' : logoutTokenIn(told)
    const jwks = (await (await issuer.fetch(new Request(`${ISSUER}/jwks`))).json()) as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), { currentDate: new Date(issuer.now() * 1_000) })
    expect(protectedHeader).toMatchObject({ alg, typ: 'logout+jwt' })
    expect(payload).toEqual({ iss: ISSUER, aud: client_id, iat: issuer.now(), exp: issuer.now() + 120, jti: expect.stringMatching(/^[\w-]{27}$/) as string, sub: 'alice', sid, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
    const asHint = await browserFor(issuer).send(`${ISSUER}/end_session?${new URLSearchParams({ id_token_hint: token, post_logout_redirect_uri: 'https://shop.example/bye' })}`)
    expect(asHint.headers.get('location')).toBe(null)
  })
  it('tells nobody twice, however often and wherever the user signs out', async () => {
    const parties = relyingParties()
    const issuer = logoutIssuer(parties)
    const node = logoutIssuer(parties, { store: issuer.store })
    const { sid, signOut } = await signedInTo(['shop', 'mail'], issuer)
    await Promise.all([signOut(), signOut(), issuer.sessions.end(sid), node.sessions.end(sid)])
    expect(urlsOf(parties)).toEqual([MAIL, SHOP])
    expect([...issuer.events, ...node.events].filter(({ event }) => event === 'session_ended')).toHaveLength(1)
  })
  it('L06 a client that hangs does not hold up the logout, nor the others, and is told later', async () => {
    const parties = relyingParties()
    parties.manners.set(SHOP, 'hangs')
    const issuer = logoutIssuer(parties)
    const { signOut } = await signedInTo(['shop', 'mail'], issuer)
    expect((await signOut()).status).toBe(200)
    expect(deliveries(issuer).map(({ client_id, state }) => [client_id, state])).toEqual([['mail', 'delivered']])
    expect(await issuer.logouts.report()).toMatchObject([{ client_id: 'shop', state: 'waiting', attempts: 1 }])
    parties.release()
    await expect.poll(() => deliveries(issuer).at(-1)).toMatchObject({ client_id: 'shop', state: 'waiting', attempts: 1, reason: 'no answer' })
    expect(await issuer.logouts.deliver()).toBe(0)
    parties.manners.clear()
    issuer.pass(30)
    expect(await issuer.logouts.deliver()).toBe(1)
    expect([deliveries(issuer).at(-1)?.state, await issuer.logouts.report()]).toEqual(['delivered', []])
  })
  it('L06 a client that answers 500 is tried again, ever more rarely, and given up at last', async () => {
    const parties = relyingParties()
    parties.manners.set(SHOP, 500)
    const issuer = logoutIssuer(parties)
    const { signOut } = await signedInTo(['shop'], issuer)
    await signOut()
    for (const pause of [30, 120, 600, 1_800, 3_600, 7_200, 14_400]) {
      issuer.pass(pause - 1)
      expect(await issuer.logouts.deliver()).toBe(0)
      issuer.pass(1)
      expect(await issuer.logouts.deliver()).toBe(1)
    }
    expect(deliveries(issuer).map(({ state }) => state)).toEqual([...Array.from({ length: 7 }, () => 'waiting'), 'failed'])
    expect(await issuer.logouts.report()).toMatchObject([{ client_id: 'shop', sub: 'alice', state: 'failed', attempts: 8, status: 500 }])
    expect(new Set(parties.told.map(logoutTokenIn)).size).toBe(8)
    issuer.pass(100_000)
    expect(await issuer.logouts.deliver()).toBe(0)
  })
  it('L06 a private address is refused, and not tried again', async () => {
    const parties = relyingParties()
    parties.manners.set(SHOP, 'private')
    const issuer = logoutIssuer(parties)
    const { signOut } = await signedInTo(['shop'], issuer)
    expect((await signOut()).status).toBe(200)
    expect(deliveries(issuer)).toMatchObject([{ state: 'failed', reason: 'an address in a private network' }])
    issuer.pass(3_600)
    expect(await issuer.logouts.deliver()).toBe(0)
  })
  it('L06 the address of a private network is refused by the server itself', async () => {
    const clients = RELYING_PARTIES.map((client) => (client.client_id === 'shop' ? { ...client, backchannel_logout_uri: 'https://127.0.0.1/logout' } : client))
    const issuer = logoutIssuer(relyingParties(), { clients, outbound: fetchOutbound })
    const { signOut } = await signedInTo(['shop'], issuer)
    expect((await signOut()).status).toBe(200)
    expect(deliveries(issuer)).toMatchObject([{ state: 'failed', reason: 'an address in a private network' }])
  })
  it('a client that has no address any more is not told', async () => {
    const parties = relyingParties()
    parties.manners.set(SHOP, 500)
    const issuer = logoutIssuer(parties)
    const { signOut } = await signedInTo(['shop'], issuer)
    await signOut()
    const changed = logoutIssuer(parties, { store: issuer.store, clock: () => issuer.now() + 30, clients: RELYING_PARTIES.filter(({ client_id }) => client_id !== 'shop') })
    expect(await changed.logouts.deliver()).toBe(1)
    expect(deliveries(changed)).toMatchObject([{ client_id: 'shop', state: 'failed' }])
  })
  it('of several nodes one attempts what is due', async () => {
    const parties = relyingParties()
    for (const url of [SHOP, MAIL, 'https://both.example/back']) parties.manners.set(url, 503)
    const issuer = logoutIssuer(parties)
    await (await signedInTo(['shop', 'mail', 'both'], issuer)).signOut()
    const nodes = Array.from({ length: 5 }, () => logoutIssuer(parties, { store: issuer.store, clock: () => issuer.now() }))
    issuer.pass(30)
    parties.told.length = 0
    parties.manners.clear()
    const made = await Promise.all(nodes.map(({ logouts }) => logouts.deliver()))
    expect([made.reduce((sum, count) => sum + count), urlsOf(parties).length]).toEqual([3, 3])
    expect(await issuer.logouts.report()).toEqual([])
  })
  it('what a node that died had begun is taken over', async () => {
    const parties = relyingParties()
    parties.manners.set(SHOP, 'hangs')
    const issuer = logoutIssuer(parties)
    await (await signedInTo(['shop'], issuer)).signOut()
    parties.manners.clear()
    issuer.pass(14)
    expect(await issuer.logouts.deliver()).toBe(0)
    issuer.pass(1)
    expect(await issuer.logouts.deliver()).toBe(1)
    expect(await issuer.logouts.report()).toEqual([])
    // The attempt that comes back late has nothing to say any more.
    parties.release()
    await expect.poll(() => deliveries(issuer).length).toBe(2)
    expect([deliveries(issuer).at(-1)?.state, await issuer.logouts.report()]).toEqual(['delivered', []])
  })
})
