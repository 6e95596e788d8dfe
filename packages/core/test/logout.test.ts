import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amend,
  type Authorization,
  claimDelivery,
  digest,
  endSession,
  firstDelivery,
  frontChannelAddress,
  insert,
  logoutTokenClaims,
  noteDelivery,
  parseEndSessionRequest,
  parseIdTokenHint,
  participationKey,
  postLogoutAddress,
  postLogoutLocation,
  remove,
  sessionState,
  takePart,
} from '../src/index.ts'
import { clientOf, commit, decide, ISSUER, NOW, parsedForm, row, rowIn, web, worldOf } from './world.ts'

const SID = 'sid-1'
const rp = clientOf({
  client_id: 'C-rp',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://rp.example/cb'],
  post_logout_redirect_uris: ['https://rp.example/bye', 'https://rp.example/bye?a=1'],
  frontchannel_logout_uri: 'https://rp.example/front',
  backchannel_logout_uri: 'https://rp.example/back',
  scope: 'openid',
})
const session = row('session', digest('cookie'), { sub: 'alice', sid: SID, auth_time: NOW - 10, amr: ['pwd'], createdAt: NOW - 10, expiresAt: NOW + 1_000 })
const part = row('participation', participationKey('C-rp', SID), { sid: SID, client_id: 'C-rp', sub: 'alice', channels: ['front_channel', 'back_channel'], expiresAt: session.expiresAt })
const authorizationOf = (key: string, members: Partial<Authorization>) =>
  row('authorization', key, { client_id: 'C-rp', sub: 'alice', sid: SID, scope: ['openid'], resource: [], auth_time: NOW, amr: [], createdAt: NOW, expiresAt: NOW + 60, ...members })

describe('LOGOUT-1 an ID Token as a hint', () => {
  const claims = { iss: ISSUER, aud: 'C-rp', sid: SID, sub: 'alice', exp: 1 }
  it.each<[string, Record<string, unknown> | undefined, string | undefined, unknown]>([
    ['of ours, however old', claims, undefined, { client_id: 'C-rp', sid: SID }],
    ['for the client that asks', claims, 'C-rp', { client_id: 'C-rp', sid: SID }],
    ['for one client in a list', { ...claims, aud: ['C-rp'] }, undefined, { client_id: 'C-rp', sid: SID }],
    ['without a session', { ...claims, sid: undefined }, undefined, { client_id: 'C-rp', sid: undefined }],
    ['L03 of another issuer', { ...claims, iss: 'https://evil.example' }, undefined, undefined],
    ['for another client', claims, 'C-web', undefined],
    ['for two clients', { ...claims, aud: ['C-rp', 'C-web'] }, undefined, undefined],
    ['for nobody', { ...claims, aud: undefined }, undefined, undefined],
    ['that is none', undefined, undefined, undefined],
  ])('%s', (_, given, client_id, hint) => {
    expect(parseIdTokenHint(given, ISSUER, client_id)).toEqual(hint)
  })
})

describe('LOGOUT-2 the way back', () => {
  it('leads to a registered address, with the state and nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rp.post_logout_redirect_uris), fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: undefined }), (uri, state) => {
        const address = postLogoutAddress({ post_logout_redirect_uri: uri, state }, rp, true)
        const [base, query = ''] = (address === undefined ? '' : postLogoutLocation(address)).split('?')
        const [expectedBase, expectedQuery = ''] = uri.split('?')
        expect([base, decodeURIComponent(query)]).toEqual([expectedBase, [...(expectedQuery === '' ? [] : [expectedQuery]), ...(state === undefined ? [] : [`state=${state}`])].join('&')])
      }),
    )
  })
  it('is nowhere for an address that is not registered to the letter', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }).map((more) => `https://rp.example/bye${more}`).filter((uri) => !rp.post_logout_redirect_uris.includes(uri)), (uri) => postLogoutAddress({ post_logout_redirect_uri: uri, state: undefined }, rp, true) === undefined))
  })
  it('is nowhere without a client', () => {
    expect(postLogoutAddress({ post_logout_redirect_uri: 'https://rp.example/bye', state: undefined }, undefined, true)).toBeUndefined()
  })
  it('L02 any text is a request or a refusal', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('state', 'client_id', 'id_token_hint', '__proto__'), fc.string())), (pairs) => typeof parseEndSessionRequest(parsedForm(pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'))) === 'object'))
  })
})

describe('LOGOUT-7 the end of a session', () => {
  const offline = ['openid', 'offline_access']
  it('removes it, ends what rested on it, and writes down who is to be told', () => {
    const rows = [session, part, authorizationOf('online', {}), authorizationOf('fetched', { scope: offline, code: 'redeemed' }), authorizationOf('unfetched', { scope: offline, code: 'waiting' }), authorizationOf('device', { scope: offline })]
    const decision = decide(endSession(SID), worldOf(rows))
    expect(decision).toEqual({
      kind: 'session_end',
      sub: 'alice',
      deliveries: [part.key],
      frontChannel: ['C-rp'],
      writes: [remove(session), amend(authorizationOf('online', {}), { revokedAt: NOW }), amend(authorizationOf('unfetched', { scope: offline, code: 'waiting' }), { revokedAt: NOW }), insert('logout_delivery', part.key, firstDelivery(part, NOW))],
    })
  })
  it('done again changes nothing, and still says whose pages hear of it', () => {
    const world = worldOf([session, part, authorizationOf('online', {})])
    commit(world, decide(endSession(SID), world).writes)
    expect(decide(endSession(SID), world)).toEqual({ kind: 'session_end', sub: undefined, deliveries: [], frontChannel: ['C-rp'], writes: [] })
  })
  it('of another session touches nothing', () => {
    expect(decide(endSession('sid-2'), worldOf([session, part, authorizationOf('online', {})])).writes).toEqual([])
  })
})

describe('LOGOUT-7 taking part in a session', () => {
  it('is written down once, and again when the session or the client changes', () => {
    const record = { sid: SID, client_id: 'C-rp', sub: 'alice', channels: ['front_channel', 'back_channel'], expiresAt: session.expiresAt } as const
    expect(takePart(undefined, rp, session)).toEqual([insert('participation', part.key, record)])
    expect(takePart(part, rp, session)).toEqual([])
    expect(takePart(part, rp, { ...session, expiresAt: NOW + 2_000 })).toEqual([amend(part, { expiresAt: NOW + 2_000 })])
    const { frontchannel_logout_uri: _, ...changed } = rp
    expect(takePart(part, changed, session)).toEqual([amend(part, { channels: ['back_channel'] })])
    expect(takePart(undefined, web, session)).toEqual([])
  })
})

describe('LOGOUT-7 a delivery', () => {
  const first = row('logout_delivery', part.key, firstDelivery(part, NOW))
  const note = (outcome: Parameters<typeof noteDelivery>[2], attempts = 1) => decide(noteDelivery(part.key, attempts, outcome), worldOf([first]))

  it.each([
    [{ status: 200 }, { state: 'delivered', status: 200 }],
    [{ status: 204 }, { state: 'delivered', status: 204 }],
    [{ status: 302 }, { state: 'waiting', status: 302, nextAt: NOW + 30 }],
    [{ status: 400 }, { state: 'waiting', status: 400, nextAt: NOW + 30 }],
    [{}, { state: 'waiting', nextAt: NOW + 30 }],
    [{ final: true }, { state: 'failed' }],
  ] as const)('that ends in %j is %j', (outcome, changes) => {
    const { state, writes } = note(outcome) as { state: string; writes: readonly { record: object }[] }
    expect([state, writes[0]?.record]).toEqual([changes.state, expect.objectContaining(changes)])
  })
  it('that somebody else has taken over, or that is done, or gone, is left alone', () => {
    expect(note({ status: 200 }, 2).writes).toEqual([])
    expect(decide(noteDelivery(part.key, 1, { status: 500 }), worldOf([{ ...first, state: 'delivered' as const }])).writes).toEqual([])
    expect(decide(noteDelivery(part.key, 1, { status: 500 }), worldOf([])).writes).toEqual([])
  })
  it('is claimed by one, when it is due', () => {
    const world = worldOf([first])
    const claim = (now: number) => decide(claimDelivery(part.key), world, { now })
    expect(claim(NOW + 14)).toEqual({ kind: 'delivery_claim', delivery: undefined, writes: [] })
    const claimed = claim(NOW + 15)
    expect(claimed).toMatchObject({ delivery: { attempts: 2, nextAt: NOW + 30 } })
    commit(world, claimed.writes)
    expect(claim(NOW + 15).writes).toEqual([])
    expect(rowIn(world, 'logout_delivery', part.key)?.attempts).toBe(2)
  })
  it('L07 is a token that says what happened, and has no nonce', () => {
    const claims = logoutTokenClaims(first, rp, ISSUER, { now: NOW, jti: 'j' })
    expect(claims).toEqual({ iss: ISSUER, aud: 'C-rp', iat: NOW, exp: NOW + 120, jti: 'j', sub: 'alice', sid: SID, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
  })
})

describe('LOGOUT-6 the page of a client', () => {
  it('is told issuer and session, beside its own query', () => {
    expect(frontChannelAddress(rp, ISSUER, SID)).toBe('https://rp.example/front?iss=https%3A%2F%2Fas.example&sid=sid-1')
    expect(frontChannelAddress({ ...rp, frontchannel_logout_uri: 'https://rp.example/front?a=1' }, ISSUER, SID)).toBe('https://rp.example/front?a=1&iss=https%3A%2F%2Fas.example&sid=sid-1')
    expect(frontChannelAddress(web, ISSUER, SID)).toBeUndefined()
  })
})

describe('LOGOUT-8 a session_state', () => {
  it('has no space, and is another for each client, origin, browser and salt', () => {
    const seen = { client_id: 'C-rp', origin: 'https://rp.example', browserState: 'b', salt: 's' }
    const states = [seen, { ...seen, client_id: 'C-web' }, { ...seen, origin: 'https://web.example' }, { ...seen, browserState: '' }, { ...seen, salt: 't' }].map(sessionState)
    expect(new Set(states).size).toBe(5)
    for (const state of states) expect(state).toMatch(/^[\w-]{43}\.\w$/)
  })
})
