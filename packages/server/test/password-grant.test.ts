import type { Account } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { CLIENTS, ISSUER, type Issuer, refused, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { basic, claimsOf, expectError, SERVICE, tokenRequest, tokensOf } from './tokens.ts'

const OLD = basic('old', WEB_SECRET)
const OLD_CLIENT = { client_id: 'old', client_secret: WEB_SECRET, profile: 'legacy', grant_types: ['password', 'refresh_token'], scope: 'openid offline_access api' } as const
const alice: Account = { sub: 'alice', active: true, claims: {} }

function passwordIssuer(found: (sub: string) => Account | undefined = () => alice, authenticate = (username: string, password: string) => Promise.resolve(username === 'alice' && password === 'correct' ? alice : undefined)): Issuer {
  return testIssuer({ clients: [...CLIENTS, OLD_CLIENT], users: { find: found, authenticate } })
}
const asking = (password: string, changes: Record<string, string> = {}, headers = OLD) => tokenRequest({ grant_type: 'password', username: 'alice', password, ...changes }, headers)

describe('the password grant', () => {
  it('gives tokens for a password, with refresh and ID Token', async () => {
    const issuer = passwordIssuer()
    const tokens = await tokensOf(await issuer.fetch(asking('correct', { scope: 'openid offline_access api' })))
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub: 'alice', amr: ['pwd'], auth_time: START })
    expect(claimsOf(tokens.id_token)).toMatchObject({ sub: 'alice', aud: 'old' })
    await tokensOf(await issuer.fetch(tokenRequest({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, OLD)))
    expect(issuer.stored() + JSON.stringify(issuer.events)).not.toContain('correct')
  })
  it('has one answer for a wrong password, an unknown user and a disabled one', async () => {
    const wrong = passwordIssuer()
    await expectError(await refused(wrong, 'password_wrong', () => wrong.fetch(asking('wrong')), 'failures'), 400, 'invalid_grant')
    await expectError(await refused(wrong, 'password_wrong', () => wrong.fetch(asking('correct', { username: 'nobody' })), 'failures'), 400, 'invalid_grant')
    const disabled = passwordIssuer(() => ({ ...alice, active: false }))
    await expectError(await refused(disabled, 'password_wrong', () => disabled.fetch(asking('correct')), 'failures'), 400, 'invalid_grant')
    const busy = passwordIssuer(() => alice, () => Promise.reject(new Error('too many passwords wait')))
    await expectError(await refused(busy, 'temporarily_unavailable', () => busy.fetch(asking('correct'))), 503, 'temporarily_unavailable')
  })
  it('V08 V09 sign_in_throttled: is throttled like the sign-in page, whether the user exists or not', async () => {
    for (const username of ['alice', 'nobody']) {
      const issuer = passwordIssuer()
      const from = (address: string, password: string, changes = {}) => issuer.fetch(asking(password, { username, ...changes }), { address })
      for (let guess = 0; guess < 10; guess++) await expectError(await from(`192.0.2.${guess}`, 'wrong'), 400, 'invalid_grant')
      const answer = await refused(issuer, 'sign_in_throttled', () => from('192.0.2.99', 'correct'))
      expect(answer.headers.get('retry-after')).toBe('60')
      await expectError(answer, 429, 'temporarily_unavailable')
      expect((await from('192.0.2.99', 'correct', { username: 'bob' })).status).toBe(400)
      issuer.pass(60)
      expect((await from('192.0.2.99', 'correct')).status).toBe(username === 'alice' ? 200 : 400)
    }
  })
  it('V14 refuses a password of a megabyte before it is read to its end', async () => {
    const issuer = passwordIssuer()
    await expectError(await refused(issuer, 'body_too_large', () => issuer.fetch(asking('x'.repeat(1_000_000)))), 413, 'invalid_request')
  })
  it('T04 is for clients of profile legacy, where users can be asked, and for nobody else', async () => {
    const issuer = passwordIssuer()
    await expectError(await refused(issuer, 'grant_type_not_allowed', () => issuer.fetch(asking('correct', {}, SERVICE))), 400, 'unauthorized_client')
    expect(() => testIssuer({ clients: [{ ...OLD_CLIENT, profile: 'oidc' }], users: { find: () => alice, authenticate: () => Promise.resolve(alice) } })).toThrow(/only profile legacy/)
    expect(() => testIssuer({ clients: [OLD_CLIENT] })).toThrow(/password is not supported/)
    const offered = async (issuer: Issuer) => ((await (await issuer.fetch(new Request(`${ISSUER}/.well-known/openid-configuration`))).json()) as { grant_types_supported: string[] }).grant_types_supported
    expect(await offered(issuer)).toContain('password')
    expect(await offered(testIssuer({ users: { find: () => alice, authenticate: () => Promise.resolve(alice) } }))).not.toContain('password')
  })
})
