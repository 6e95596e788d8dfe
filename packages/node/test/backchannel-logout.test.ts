import { describe, expect, it } from 'vitest'
import { memorySessionStore, type WebAuthOptions } from '../src/index.ts'
import { foreignKey, ISSUER, openBrowser, SECRET, setUpWorld, signed, START } from './web-issuer.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const good = { iss: ISSUER, aud: 'web', iat: START, exp: START + 120, jti: 'logout-1', sid: 'op-session', events: { [EVENT]: {} } }
const typ = 'logout+jwt'

const setUp = async (change: Partial<WebAuthOptions> = {}) => {
  const world = setUpWorld({ session: { secret: SECRET, store: memorySessionStore(() => START) }, ...change })
  const browser = openBrowser(world.web)
  await browser.signIn()
  const isSignedIn = async () => (await world.web.session(browser.request('/'))).session !== undefined
  const post = async (logout_token: string, init: RequestInit = {}) => {
    const response = await world.web.handle(new Request('http://inside.local/auth/backchannel-logout', { method: 'POST', body: new URLSearchParams({ logout_token }), ...init }))
    return { status: response?.status, cache: response?.headers.get('cache-control'), body: await response?.json().catch(() => undefined) as unknown }
  }
  return { ...world, browser, isSignedIn, post }
}

describe('back-channel logout', () => {
  it.each<[string, object, (Parameters<typeof signed>[1])?]>([
    ['the session that it names', {}], ['all sessions of the user that it names', { sid: undefined, sub: 'alice' }], ['a session, with the user beside it', { sub: 'alice' }],
    ['without a type, as older issuers send it', {}, { typ: undefined }], ['for one of several audiences', { aud: ['other', 'web'] }],
  ])('ends %s', async (_, change, header = { typ }) => {
    const { post, isSignedIn, browser, web } = await setUp()
    expect(await isSignedIn()).toBe(true)
    expect(await post(await signed({ ...good, ...change }, header))).toMatchObject({ status: 200, cache: 'no-store' })
    expect(await isSignedIn()).toBe(false)
    browser.take((await web.session(browser.request('/'))).apply(new Response()))
    expect(browser.cookies.size).toBe(0)
  })
  it('leaves other sessions and other users alone', async () => {
    const { post, isSignedIn } = await setUp()
    expect(await post(await signed({ ...good, sid: 'another' }, { typ }))).toMatchObject({ status: 200 })
    expect(await post(await signed({ ...good, jti: '2', sid: undefined, sub: 'bob' }, { typ }))).toMatchObject({ status: 200 })
    expect(await isSignedIn()).toBe(true)
  })
  it('ends nothing that began later', async () => {
    const { post, isSignedIn, clock, browser } = await setUp()
    const token = await signed({ ...good, sid: undefined, sub: 'alice' }, { typ })
    clock.now += 5
    await browser.signIn()
    expect(await post(token)).toMatchObject({ status: 200 })
    expect(await isSignedIn()).toBe(true)
  })
  it('takes a token once', async () => {
    const { post } = await setUp()
    const token = await signed(good, { typ })
    expect(await post(token)).toMatchObject({ status: 200 })
    expect(await post(token)).toMatchObject({ status: 400, body: { error: 'invalid_request', error_description: expect.stringContaining('logout token replayed') } })
  })

  it.each<[string, object, (Parameters<typeof signed>[1])?]>([
    ['logout_token_alg_unexpected', {}, { typ, alg: 'HS256', key: new Uint8Array(32) }],
    ['logout_token_type_unexpected', {}, { typ: 'at+jwt' }],
    ['signature_invalid', {}, { typ, key: foreignKey }],
    ['signature_invalid', {}, { typ, kid: 'unknown' }],
    ['logout_token_issuer_mismatch', { iss: 'https://evil.example' }],
    ['logout_token_audience_mismatch', { aud: 'other' }],
    ['logout_token_claim_missing', { iss: undefined }],
    ['logout_token_claim_missing', { aud: undefined }],
    ['logout_token_claim_missing', { iat: undefined }],
    ['logout_token_claim_missing', { exp: undefined }],
    ['logout_token_claim_missing', { jti: undefined }],
    ['logout_token_claim_missing', { sid: 7 }],
    ['logout_token_expired', { exp: START - 31 }],
    ['logout_token_expired', { iat: START - 700, exp: START + 86_400 }],
    ['logout_token_issued_in_future', { iat: START + 31 }],
    ['logout_token_subject_missing', { sid: undefined }],
    ['logout_token_event_missing', { events: undefined }],
    ['logout_token_event_missing', { events: { other: {} } }],
    ['logout_token_event_missing', { events: { [EVENT]: 'yes' } }],
    ['logout_token_nonce_present', { nonce: 'n' }],
  ])('SDK-1 answers 400 to %s: %j', async (code, change, header = { typ }) => {
    const { post, isSignedIn } = await setUp()
    expect(await post(await signed({ ...good, ...change }, header))).toEqual({ status: 400, cache: 'no-store', body: { error: 'invalid_request', error_description: expect.stringContaining(code.replaceAll('_', ' ')) } })
    expect(await isSignedIn()).toBe(true)
  })
  it.each([
    ['logout_token_malformed', 'x'], ['logout_token_malformed', ''],
    ['logout_token_unsigned', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`],
  ])('SDK-1 answers 400 to %s: %s', async (code, token) => {
    const { post } = await setUp()
    expect(await post(token)).toMatchObject({ status: 400, body: { error_description: expect.stringContaining(code.replaceAll('_', ' ')) } })
  })
  it('reads a form with one token, and no other request', async () => {
    const { post } = await setUp()
    const token = await signed(good, { typ })
    expect(await post(token, { body: new URLSearchParams([['logout_token', token], ['logout_token', token]]) })).toMatchObject({ status: 400 })
    expect(await post(token, { body: '{}', headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 400 })
    expect(await post(token, { method: 'GET', body: null })).toMatchObject({ status: 405 })
  })
  it('asks the issuer to come again while its keys are not to be had', async () => {
    const { post, answers } = await setUp()
    answers['/jwks'] = () => new Response(null, { status: 503 })
    expect(await post(await signed(good, { typ }))).toMatchObject({ status: 503 })
  })
})
