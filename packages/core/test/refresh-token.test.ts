import { describe, expect, it } from 'vitest'
import { amend, type Client, DOUBLE_SUBMIT, type Issue, refreshToken, type Refusal, refusalRule, type RefusalKey } from '../src/index.ts'
import { authorization, familyRow, familyWorld, REVOKED } from './grant-world.ts'
import { alice, catalogue, CODE, decide, evil, expectIssue, expectRefusal, FAMILY_SECRET, form, NOW, refreshTokenOf, spa, web, withPolicy, type World, worldOf } from './world.ts'

const strict = withPolicy(spa, { refreshTokenReplayWindow: 0 })
const unrotated: Client = { ...web, client_id: 'C-spa' }

function refresh(world: World = familyWorld(), parameters: Readonly<Record<string, string | readonly string[] | undefined>> = {}, client: Client = spa, now = NOW): Issue | Refusal {
  return decide(refreshToken.begin(form({ grant_type: 'refresh_token', refresh_token: refreshTokenOf(1), ...parameters }), client, catalogue), world, { now })
}

describe('a refresh token that is used as it should be', () => {
  it('is replaced by its successor, beside an access token and an ID Token without nonce', () => {
    expect(refresh()).toEqual({
      kind: 'issue',
      accessToken: {
        format: 'jwt',
        alg: 'ES256',
        scope: ['openid', 'offline_access', 'read'],
        expires_in: 3_600,
        authorization: 'auth-1',
        claims: {
          iss: 'https://as.example',
          sub: 'alice',
          aud: ['https://as.example', 'https://rs1.example'],
          client_id: 'C-spa',
          scope: 'openid offline_access read',
          iat: NOW,
          exp: NOW + 3_600,
          auth_time: NOW - 100,
          amr: ['pwd'],
          acr: 'urn:example:bronze',
        },
      },
      refreshToken: { family: 'known', secret: FAMILY_SECRET, generation: 2 },
      idToken: {
        alg: 'RS256',
        claims: { iss: 'https://as.example', sub: 'alice', aud: 'C-spa', iat: NOW, exp: NOW + 300, auth_time: NOW - 100, amr: ['pwd'], sid: 'sid-1', acr: 'urn:example:bronze' },
      },
      writes: [amend(familyRow(), { generation: 2, rotatedAt: NOW, expiresAt: NOW + 1_296_000 })],
    })
  })

  it('stays the same for a client without rotation, and rests anew', () => {
    const issued = expectIssue(refresh(familyWorld(), {}, unrotated))
    expect(issued.refreshToken).toEqual({ family: 'known', secret: FAMILY_SECRET, generation: 1 })
    expect(issued.writes).toEqual([amend(familyRow(), { expiresAt: NOW + 1_296_000 })])
    expect(expectIssue(refresh(familyWorld({ expiresAt: NOW + 1_296_000 }), {}, unrotated)).writes).toEqual([])
  })

  it('never lives beyond the absolute end of its family', () => {
    const issued = expectIssue(refresh(familyWorld({ startedAt: NOW - 2_591_000, expiresAt: NOW + 10 })))
    expect(issued.writes).toEqual([amend(familyRow({ startedAt: NOW - 2_591_000, expiresAt: NOW + 10 }), { generation: 2, rotatedAt: NOW, expiresAt: NOW + 1_000 })])
  })

  it('F07 gives a narrower scope when asked, and the original one again afterwards', () => {
    const narrow = expectIssue(refresh(familyWorld(), { scope: 'read' }))
    expect(narrow.accessToken).toMatchObject({ scope: ['read'], claims: { aud: 'https://rs1.example', scope: 'read' } })
    expect(narrow).not.toHaveProperty('idToken')
    expect(narrow.writes).toEqual([amend(familyRow(), { generation: 2, rotatedAt: NOW, expiresAt: NOW + 1_296_000 })])
    expect(expectIssue(refresh(familyWorld(), { scope: 'read openid offline_access' })).accessToken?.scope).toEqual(['read', 'openid', 'offline_access'])
  })

  it('F07 takes a blank scope for an absent one', () => {
    for (const scope of ['', ' ']) expect(expectIssue(refresh(familyWorld(), { scope })).accessToken?.scope).toEqual(['openid', 'offline_access', 'read'])
  })

  it('loses the scopes that its client lost', () => {
    expect(expectIssue(refresh(familyWorld(), {}, { ...spa, scope: ['openid', 'offline_access'] })).accessToken?.scope).toEqual(['openid', 'offline_access'])
  })

  it('F08 keeps to the resources of its family', () => {
    const world = familyWorld({ resource: ['https://rs1.example'] })
    expect(expectIssue(refresh(world)).accessToken?.claims).toMatchObject({ aud: 'https://rs1.example', scope: 'read' })
    expectRefusal(refresh(world, { resource: 'https://rs2.example' }), 'resource_not_granted')
  })
})

const genuine = refreshTokenOf(1)
const REFUSED: readonly { why: string; key: RefusalKey; decision: () => Issue | Refusal }[] = [
  { why: 'no refresh token', key: 'parameter_missing', decision: () => refresh(familyWorld(), { refresh_token: undefined }) },
  { why: 'a refresh token of 5,000 characters', key: 'parameter_too_long', decision: () => refresh(familyWorld(), { refresh_token: 'r'.repeat(5_000) }) },
  { why: 'T12 a token without its last character', key: 'refresh_token_unknown', decision: () => refresh(familyWorld(), { refresh_token: genuine.slice(0, -1) }) },
  { why: 'T12 a token with a character more', key: 'refresh_token_unknown', decision: () => refresh(familyWorld(), { refresh_token: `${genuine}A` }) },
  { why: 'T12 a token with the case of a letter of its secret changed', key: 'refresh_token_unknown', decision: () => refresh(familyWorld(), { refresh_token: `F${genuine.slice(1)}` }) },
  { why: 'a current generation that was not sealed', key: 'refresh_token_unknown', decision: () => refresh(familyWorld({ generation: 2, rotatedAt: NOW - 60 }), { refresh_token: genuine.replace('.1.', '.2.') }) },
  { why: 'an old generation that was not sealed, which revokes nothing', key: 'refresh_token_unknown', decision: () => refresh(familyWorld({ generation: 5, rotatedAt: NOW - 60 }), { refresh_token: genuine.replace('.1.', '.3.') }) },
  { why: 'a family that is gone', key: 'refresh_token_unknown', decision: () => refresh(worldOf([authorization])) },
  { why: 'T24 a code in place of the refresh token', key: 'refresh_token_unknown', decision: () => refresh(familyWorld(), { refresh_token: CODE }) },
  { why: 'S08 a generation that the store has not heard of', key: 'refresh_token_unknown', decision: () => refresh(familyWorld(), { refresh_token: refreshTokenOf(2) }) },
  { why: 'F06 the token of another client', key: 'refresh_token_of_another_client', decision: () => refresh(familyWorld(), {}, evil) },
  { why: 'F06 an old token of another client', key: 'refresh_token_of_another_client', decision: () => refresh(familyWorld({ generation: 5, rotatedAt: NOW }), {}, evil) },
  { why: 'F09 a revoked authorization', key: 'authorization_revoked', decision: () => refresh(familyWorld({}, { revokedAt: NOW - 1 })) },
  { why: 'an authorization that is gone', key: 'authorization_revoked', decision: () => refresh(worldOf([familyRow()])) },
  { why: 'an expired family', key: 'refresh_token_expired', decision: () => refresh(familyWorld({ expiresAt: NOW })) },
  { why: 'F09 a disabled user', key: 'account_inactive', decision: () => refresh({ ...familyWorld(), accounts: [{ ...alice, active: false }] }) },
  { why: 'F09 a client that lost offline_access', key: 'offline_access_withdrawn', decision: () => refresh(familyWorld(), {}, { ...spa, scope: ['openid', 'read'] }) },
  { why: 'F07 a wider scope', key: 'scope_exceeds_grant', decision: () => refresh(familyWorld(), { scope: 'openid write' }) },
  { why: 'a malformed scope', key: 'scope_malformed', decision: () => refresh(familyWorld(), { scope: 'read "' }) },
  { why: 'F08 a resource beyond the scope', key: 'resource_not_granted', decision: () => refresh(familyWorld(), { resource: 'https://rs2.example' }) },
  { why: 'strict: the token before, at once', key: 'refresh_token_superseded', decision: () => refresh(familyWorld({ generation: 2, rotatedAt: NOW }), {}, strict) },
  { why: 'strict: the token before, a double submit', key: 'refresh_token_superseded', decision: () => refresh(familyWorld({ generation: 2, rotatedAt: NOW - DOUBLE_SUBMIT }), {}, strict) },
]

describe('a refused refresh changes nothing', () => {
  it.each(REFUSED)('$why: $key', ({ key, decision }) => {
    expectRefusal(decision(), key)
  })

  it('is told in the same words whichever guess was nearly right', () => {
    const guesses: readonly RefusalKey[] = ['refresh_token_unknown', 'refresh_token_of_another_client', 'refresh_token_expired', 'refresh_token_superseded', 'refresh_token_replayed']
    const answers = guesses.map((key) => refusalRule(key)).map(({ error, status, caller }) => `${status} ${error}: ${caller}`)
    expect([...new Set(answers)]).toEqual(['400 invalid_grant: The refresh token is not valid.'])
  })
})

describe('F01 a refresh token that was replaced', () => {
  it('is told its successor again within the window, and nothing changes', () => {
    for (const age of [0, 30]) {
      const issued = expectIssue(refresh(familyWorld({ generation: 2, rotatedAt: NOW - age })))
      expect(issued.refreshToken).toEqual({ family: 'known', secret: FAMILY_SECRET, generation: 2 })
      expect(issued.writes).toEqual([])
    }
  })
  it.each([
    ['after the window', { generation: 2, rotatedAt: NOW - 31 }, spa],
    ['by a clock set back beyond the window', { generation: 2, rotatedAt: NOW + 31 }, spa],
    ['strict: by a clock set back', { generation: 2, rotatedAt: NOW + DOUBLE_SUBMIT + 1 }, strict],
    ['F04 two generations later, within the window', { generation: 3, rotatedAt: NOW }, spa],
    ['strict: after the time of a double submit', { generation: 2, rotatedAt: NOW - DOUBLE_SUBMIT - 1 }, strict],
    ['strict: two generations later', { generation: 3, rotatedAt: NOW }, strict],
    ['although the family has expired', { generation: 3, rotatedAt: NOW - 100, expiresAt: NOW - 1 }, spa],
  ])('ends its family %s: refresh_token_replayed', (_, family, client) => {
    expectRefusal(refresh(familyWorld(family), {}, client), 'refresh_token_replayed', REVOKED)
  })
})
