import { describe, expect, it } from 'vitest'
import { accessTokenOf, authorizationOfJti, bearerToken, type ClaimTrace, jtiOf, traceClaims, userinfo } from '../src/index.ts'
import { authorization } from './grant-world.ts'
import { alice, decide, expectRefusal, form, ISSUER, NOW, worldOf } from './world.ts'

const claims = { sub: 'alice', client_id: 'C-spa', scope: 'openid profile phone', aud: [ISSUER, 'https://rs1.example'], exp: NOW + 1, jti: 'auth-1.fresh' }
const world = worldOf([authorization], [{ ...alice, claims: { ...alice.claims, nickname: '', locale: null, phone_number_verified: false, password: 'hash', sub: 'bob' } }])

function ask(changes: Readonly<Record<string, unknown>> = {}, asked = world): unknown {
  return decide(userinfo(accessTokenOf({ ...claims, ...changes }), ISSUER), asked)
}

describe('userinfo', () => {
  it('tells what the scope allows, and nothing without a value', () => {
    expect(ask()).toEqual({ kind: 'told', claims: { sub: 'alice', name: 'Alice', phone_number_verified: false }, trace: expect.any(Array) as unknown, writes: [] })
  })
  it('tells what was asked for one by one, too', () => {
    const asked = worldOf([{ ...authorization, claimsRequest: { userinfo: ['email', 'nickname'], id_token: ['phone_number'] } }])
    expect(ask({ scope: 'openid profile' }, asked)).toMatchObject({ claims: { sub: 'alice', name: 'Alice', email: 'alice@example.com' } })
  })
  it('says which rule told or dropped each claim, without its value', () => {
    const { trace } = ask() as { trace: readonly ClaimTrace[] }
    const rules = Object.fromEntries(trace.map(({ claim, outcome, rule }) => [claim, `${outcome}: ${rule}`]))
    expect(rules).toMatchObject({
      name: 'told: scope profile',
      nickname: 'dropped: the user has no value for it',
      phone_number_verified: 'told: scope phone',
      email: 'dropped: no scope and no claims parameter asks for it',
      password: 'dropped: no scope and no claims parameter asks for it',
    })
    expect(traceClaims(alice, ['openid'], ['email'])).toContainEqual({ claim: 'email', outcome: 'told', rule: 'claims parameter' })
    expect(JSON.stringify(trace)).not.toContain('Alice')
  })
  it.each([
    ['a token at its end', { exp: NOW }, world, 'access_token_expired'],
    ['a token without openid', { scope: 'profile' }, world, 'access_token_scope'],
    ['a token without scope', { scope: undefined }, world, 'access_token_scope'],
    ['a token for another resource', { aud: 'https://rs1.example' }, world, 'access_token_audience'],
    ['a token of a client on its own', { jti: 'fresh' }, world, 'access_token_revoked'],
    ['a token whose end is no number', { exp: 'never' }, world, 'access_token_expired'],
    ['T06 a token of a revoked authorization', {}, worldOf([{ ...authorization, revokedAt: NOW - 1 }]), 'access_token_revoked'],
    ['a token of an authorization that is gone', {}, worldOf([]), 'access_token_revoked'],
    ['a token of a disabled user', {}, worldOf([authorization], [{ ...alice, active: false }]), 'access_token_revoked'],
    ['a token of a user who is gone', {}, worldOf([authorization], []), 'access_token_revoked'],
  ] as const)('refuses %s', (_, changes, asked, key) => {
    expectRefusal(ask(changes, asked), key)
  })
})

describe('the access token of a request', () => {
  it('is in the header, whatever the case of the scheme, or in the form', () => {
    expect(bearerToken('Bearer abc.def-_~+/==', undefined)).toBe('abc.def-_~+/==')
    expect(bearerToken('bEARER abc', form({}))).toBe('abc')
    expect(bearerToken(undefined, form({ access_token: 'abc' }))).toBe('abc')
  })
  it.each([
    ['none', undefined, {}, 'bearer_missing'],
    ['another scheme', 'Basic abc', {}, 'bearer_missing'],
    ['both ways', 'Bearer abc', { access_token: 'abc' }, 'bearer_repeated'],
    ['nothing after the scheme', 'Bearer', {}, 'access_token_unknown'],
    ['two tokens', 'Bearer abc def', {}, 'access_token_unknown'],
    ['a line end', 'Bearer abc\n', {}, 'access_token_unknown'],
  ] as const)('%s: refused', (_, authorizationHeader, parameters, key) => {
    expectRefusal(bearerToken(authorizationHeader, form(parameters)), key)
  })
  it('names its authorization in its jti', () => {
    expect(authorizationOfJti(jtiOf('auth-1', 'fresh'))).toBe('auth-1')
    expect(authorizationOfJti(jtiOf(undefined, 'fresh'))).toBeUndefined()
  })
})
