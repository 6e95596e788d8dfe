import { describe, expect, it } from 'vitest'
import { amend, authorizationCode, type Client, consentKey, type Consent, type Issue, refreshToken, type Refusal, refusalRule, remove, type Row, withdrawConsent } from '../src/index.ts'
import { approved, authorization, codeRow, familyRow } from './grant-world.ts'
import { catalogue, CODE, commit, decide, expectIssue, expectRefusal, form, NOW, refreshTokenOf, row, spa, VERIFIER, withPolicy, type World, worldOf } from './world.ts'

const [, consent] = approved()
const own = withPolicy(spa, { consent: 'never' })
const always = withPolicy(spa, { consent: 'always' })

function world(granted: Row<'authorization'> = authorization, remembered?: Row<'consent'>): World {
  return worldOf([codeRow({ authorization: granted.key }), familyRow({ authorization: granted.key }), granted, ...(remembered === undefined ? [] : [remembered])])
}

const redeem = (known: World, client: Client = spa): Issue | Refusal =>
  decide(authorizationCode.begin(form({ grant_type: 'authorization_code', code: CODE, redirect_uri: 'https://spa.example/cb', code_verifier: VERIFIER }), client, catalogue), known)
const refresh = (known: World, client: Client = spa, parameters: Record<string, string> = {}): Issue | Refusal => decide(refreshToken.begin(form({ grant_type: 'refresh_token', refresh_token: refreshTokenOf(1), ...parameters }), client, catalogue), known)

const consentOf = (changes: Partial<Consent>, key = consent.key): Row<'consent'> => row('consent', key, { ...consent, ...changes })

describe.each([
  ['T22 a code', redeem],
  ['F09 a refresh token', refresh],
] as const)('%s', (_, use) => {
  it.each([
    ['is gone', undefined],
    ['has ended', consentOf({ expiresAt: NOW })],
    ['covers a part of the scope', consentOf({ scope: ['openid', 'read'] })],
    ['was given to another client', consentOf({ client_id: 'C-web' }, consentKey('C-web', 'alice'))],
    ['was given by another user', consentOf({ sub: 'bob' }, consentKey('C-spa', 'bob'))],
  ])('is refused when the consent %s', (_, remembered) => {
    expectRefusal(use(world(authorization, remembered)), 'consent_withdrawn')
    expectRefusal(use(world(authorization, remembered), always), 'consent_withdrawn')
  })
  it('is refused when the consent no longer covers a resource', () => {
    const granted = { ...authorization, resource: ['https://rs1.example'] }
    expectRefusal(use(world(granted, consent)), 'consent_withdrawn')
    expectIssue(use(world(granted, consentOf({ resource: ['https://rs1.example', 'https://rs2.example'] }))))
  })
  it('is good while the consent lasts and allows more', () => {
    expectIssue(use(world(authorization, consentOf({ expiresAt: NOW + 1, scope: [...authorization.scope, 'profile'] }))))
    expectIssue(use(world(authorization, consent), always))
  })
  it('needs no consent of a client that never asks', () => {
    expectIssue(use(world(), own))
  })
  it('needs no consent when nobody was asked: the authorization is its own session', () => {
    expectIssue(use(world({ ...authorization, sid: authorization.key })))
  })
})

it('a withdrawn consent is told as an authorization that ended, and a narrower refresh is refused too', () => {
  expect(refusalRule('consent_withdrawn')).toMatchObject({ error: 'invalid_grant', status: 400, caller: refusalRule('authorization_revoked').caller })
  expectRefusal(refresh(world(authorization, consentOf({ scope: ['openid', 'read'] })), spa, { scope: 'read' }), 'consent_withdrawn')
})

describe('withdrawing a consent', () => {
  const second = row('authorization', 'auth-2', { ...authorization, createdAt: NOW - 5 })
  const ended = row('authorization', 'auth-3', { ...authorization, revokedAt: NOW - 5 })
  const elsewhere = row('authorization', 'auth-4', { ...authorization, client_id: 'C-web' })
  const bobs = row('authorization', 'auth-5', { ...authorization, sub: 'bob' })

  it('takes it away and revokes what the user approved for that client, and nothing else', () => {
    const known = worldOf([consent, authorization, second, ended, elsewhere, bobs])
    const decision = decide(withdrawConsent('alice', 'C-spa'), known)
    expect(decision).toEqual({ kind: 'revoked', writes: [remove(consent), amend(authorization, { revokedAt: NOW }), amend(second, { revokedAt: NOW })] })
    commit(known, decision.writes)
    expect(decide(withdrawConsent('alice', 'C-spa'), known)).toEqual({ kind: 'revoked', writes: [] })
  })
  it('ends what a client has that never asks', () => {
    expect(decide(withdrawConsent('alice', 'C-spa'), worldOf([authorization]))).toEqual({ kind: 'revoked', writes: [amend(authorization, { revokedAt: NOW })] })
  })
  it('is nothing where there is nothing', () => {
    expect(decide(withdrawConsent('alice', 'C-spa'), worldOf([elsewhere, bobs]))).toEqual({ kind: 'revoked', writes: [] })
    expect(decide(withdrawConsent('', ''), worldOf([consent, authorization]))).toEqual({ kind: 'revoked', writes: [] })
  })
})
