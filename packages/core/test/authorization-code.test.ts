import { describe, expect, it } from 'vitest'
import { amend, authorizationCode, type Client, codeChallenge, DOUBLE_SUBMIT, type Form, type Issue, type Refusal, type RefusalKey, refusalRule, type Row } from '../src/index.ts'
import { authorization, codeRow, codeWithoutChallenge, codeWorld, REVOKED } from './grant-world.ts'
import { alice, catalogue, CODE, decide, evil, expectIssue, expectRefusal, form, FAMILY_SECRET, NOW, refreshTokenOf, spa, VERIFIER, web, worldOf, type World } from './world.ts'

const RIGHT = { grant_type: 'authorization_code', code: CODE, redirect_uri: 'https://spa.example/cb', code_verifier: VERIFIER, client_id: 'C-spa' }

function redeem(world: World = codeWorld(), parameters: Readonly<Record<string, string | readonly string[] | undefined>> = {}, client: Client = spa, now = NOW): Issue | Refusal {
  const asked: Form = form({ ...RIGHT, ...parameters })
  return decide(authorizationCode.begin(asked, client, catalogue), world, { now })
}

describe('a code that is redeemed as it should be', () => {
  it('becomes an access token, a refresh token and an ID Token, and is spent in the same commit', () => {
    expect(redeem()).toEqual({
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
      refreshToken: {
        family: 'new',
        record: { client_id: 'C-spa', authorization: 'auth-1', sub: 'alice', scope: ['openid', 'offline_access', 'read'], resource: [], generation: 1, startedAt: NOW, expiresAt: NOW + 1_296_000 },
      },
      idToken: {
        alg: 'RS256',
        claims: { iss: 'https://as.example', sub: 'alice', aud: 'C-spa', iat: NOW, exp: NOW + 300, auth_time: NOW - 100, amr: ['pwd'], sid: 'sid-1', acr: 'urn:example:bronze', nonce: 'N1' },
      },
      writes: [amend(codeRow(), { redeemedAt: NOW, expiresAt: authorization.expiresAt }), amend(authorization, { code: 'redeemed' })],
    })
  })

  it('gives no ID Token without openid, and no refresh token without offline_access', () => {
    const issued = expectIssue(redeem(codeWorld(codeRow(), { scope: ['read'] })))
    expect(Object.keys(issued).sort()).toEqual(['accessToken', 'kind', 'writes'])
    expect(issued.accessToken?.claims).toMatchObject({ aud: 'https://rs1.example', scope: 'read' })
  })

  it('gives no refresh token to a client without the grant', () => {
    expect(expectIssue(redeem(codeWorld(), {}, { ...spa, grant_types: ['authorization_code'] }))).not.toHaveProperty('refreshToken')
  })

  it('sends a nonce only when there was one', () => {
    const { nonce: _, ...rest } = codeRow()
    expect(expectIssue(redeem(codeWorld(rest as Row<'authorization_code'>))).idToken?.claims).not.toHaveProperty('nonce')
  })

  it('keeps the audience to the resources that were approved, or to one of them', () => {
    const world = codeWorld(codeRow(), { resource: ['https://rs1.example', 'https://rs2.example'], scope: ['openid', 'read', 'ledger'] })
    expect(expectIssue(redeem(world)).accessToken).toMatchObject({ format: 'opaque', scope: ['read', 'ledger'], claims: { aud: ['https://rs1.example', 'https://rs2.example'] } })
    expect(expectIssue(redeem(world, { resource: ['https://rs1.example', 'https://rs1.example'] })).accessToken).toMatchObject({ format: 'jwt', scope: ['read'], claims: { aud: 'https://rs1.example', scope: 'read' } })
  })
})

const REFUSED: readonly { why: string; key: RefusalKey; decision: () => Issue | Refusal }[] = [
  { why: 'no code', key: 'parameter_missing', decision: () => redeem(codeWorld(), { code: undefined }) },
  { why: 'an empty code', key: 'parameter_missing', decision: () => redeem(codeWorld(), { code: '' }) },
  { why: 'a code of 5,000 characters', key: 'parameter_too_long', decision: () => redeem(codeWorld(), { code: 'c'.repeat(5_000) }) },
  { why: 'a verifier of 5,000 characters', key: 'parameter_too_long', decision: () => redeem(codeWorld(), { code_verifier: 'v'.repeat(5_000) }) },
  { why: 'a code that nobody issued', key: 'code_unknown', decision: () => redeem(worldOf([authorization])) },
  { why: 'T12 a code without its last character', key: 'code_unknown', decision: () => redeem(codeWorld(), { code: CODE.slice(0, -1) }) },
  { why: 'T12 a code with a character more', key: 'code_unknown', decision: () => redeem(codeWorld(), { code: `${CODE}A` }) },
  { why: 'T12 a code with the case of a letter changed', key: 'code_unknown', decision: () => redeem(codeWorld(), { code: `C${CODE.slice(1)}` }) },
  { why: 'T24 a refresh token in place of the code', key: 'code_unknown', decision: () => redeem(codeWorld(), { code: refreshTokenOf(1) }) },
  { why: 'T24 the secret of a family in place of the code', key: 'code_unknown', decision: () => redeem(codeWorld(), { code: FAMILY_SECRET }) },
  { why: 'T07 the code of another client', key: 'code_of_another_client', decision: () => redeem(codeWorld(), { client_id: 'C-evil' }, evil) },
  { why: 'T07 the code of another client, although spent', key: 'code_of_another_client', decision: () => redeem(codeWorld(codeRow({ redeemedAt: NOW - 1_000 })), {}, web) },
  { why: 'R15 another redirect URI of the client', key: 'redirect_uri_mismatch', decision: () => redeem(codeWorld(), { redirect_uri: 'https://spa.example/cb2' }) },
  { why: 'no redirect URI', key: 'redirect_uri_mismatch', decision: () => redeem(codeWorld(), { redirect_uri: undefined }) },
  { why: 'R15 another redirect URI, although spent', key: 'redirect_uri_mismatch', decision: () => redeem(codeWorld(codeRow({ redeemedAt: NOW - 1_000 })), { redirect_uri: 'https://spa.example/' }) },
  { why: 'P03 no verifier', key: 'code_verifier_mismatch', decision: () => redeem(codeWorld(), { code_verifier: undefined }) },
  { why: 'P03 an empty verifier', key: 'code_verifier_mismatch', decision: () => redeem(codeWorld(), { code_verifier: '' }) },
  { why: 'P04 a wrong verifier', key: 'code_verifier_mismatch', decision: () => redeem(codeWorld(), { code_verifier: `${VERIFIER.slice(0, -1)}Z` }) },
  { why: 'P04 a wrong verifier, although spent', key: 'code_verifier_mismatch', decision: () => redeem(codeWorld(codeRow({ redeemedAt: NOW - 1_000 })), { code_verifier: 'x'.repeat(43) }) },
  { why: 'P05 a verifier where there was no challenge', key: 'code_verifier_unexpected', decision: () => redeem(codeWorld(codeWithoutChallenge())) },
  { why: 'P06 the challenge as the verifier', key: 'code_verifier_mismatch', decision: () => redeem(codeWorld(), { code_verifier: codeRow().code_challenge }) },
  { why: 'T09 a code at the second of its end', key: 'code_expired', decision: () => redeem(codeWorld(codeRow({ expiresAt: NOW }))) },
  { why: 'T22 a revoked authorization', key: 'authorization_revoked', decision: () => redeem(codeWorld(codeRow(), { revokedAt: NOW - 1 })) },
  { why: 'an authorization that is gone', key: 'authorization_revoked', decision: () => redeem(worldOf([codeRow()])) },
  { why: 'T22 a disabled user', key: 'account_inactive', decision: () => redeem({ ...codeWorld(), accounts: [{ ...alice, active: false }] }) },
  { why: 'a user who is gone', key: 'account_inactive', decision: () => redeem({ ...codeWorld(), accounts: [] }) },
  { why: 'a resource that was not approved', key: 'resource_not_granted', decision: () => redeem(codeWorld(codeRow(), { resource: ['https://rs1.example'] }), { resource: 'https://rs2.example' }) },
  { why: 'a resource beyond the approved scope', key: 'resource_not_granted', decision: () => redeem(codeWorld(), { resource: 'https://rs2.example' }) },
  { why: 'a resource that nobody offers', key: 'resource_not_granted', decision: () => redeem(codeWorld(), { resource: 'https://rs9.example' }) },
]

describe('a refused redemption neither spends the code nor revokes anything', () => {
  it.each(REFUSED)('$why: $key', ({ key, decision }) => {
    expectRefusal(decision(), key)
  })

  it('P04 so that the right verifier still works afterwards', () => {
    const world = codeWorld()
    expectRefusal(redeem(world, { code_verifier: 'x'.repeat(43) }), 'code_verifier_mismatch')
    expectIssue(redeem(world))
  })

  it('answers invalid_grant in the same words whichever guess was nearly right', () => {
    const guesses: readonly RefusalKey[] = ['code_unknown', 'code_of_another_client', 'redirect_uri_mismatch', 'code_verifier_mismatch', 'code_verifier_unexpected', 'code_expired', 'code_already_redeemed', 'code_replayed']
    const answers = guesses.map((key) => refusalRule(key)).map(({ error, status, caller }) => `${status} ${error}: ${caller}`)
    expect([...new Set(answers)]).toEqual(['400 invalid_grant: The authorization code is not valid.'])
  })
})

describe('an authorization that ends soon after its code', () => {
  const brief = { ...authorization, expiresAt: NOW + 50 }
  it.each([
    ['a refresh token', ['openid', 'offline_access', 'read'], 2_592_000 + 3_600],
    ['an access token alone', ['openid', 'read'], 3_600],
  ] as const)('is made to last for %s by the redemption, in the same commit', (_, scope, lasting) => {
    const granted = { ...brief, scope }
    const { writes } = expectIssue(redeem(codeWorld(codeRow(), granted)))
    expect(writes).toEqual([amend(codeRow(), { redeemedAt: NOW, expiresAt: NOW + lasting }), amend(granted, { expiresAt: NOW + lasting, code: 'redeemed' })])
  })
})

describe('T06 a code that is redeemed again', () => {
  it.each([0, 1, DOUBLE_SUBMIT])('%i seconds later is a double submit: code_already_redeemed', (age) => {
    expectRefusal(redeem(codeWorld(codeRow({ redeemedAt: NOW - age }))), 'code_already_redeemed')
  })
  it.each([DOUBLE_SUBMIT + 1, 600, 86_400])('%i seconds later revokes what it paid for: code_replayed', (age) => {
    expectRefusal(redeem(codeWorld(codeRow({ redeemedAt: NOW - age, expiresAt: authorization.expiresAt }))), 'code_replayed', REVOKED)
  })
  it('is still seen after the life of the code', () => {
    const { writes } = expectIssue(redeem())
    const redeemed = writes.flatMap((write) => (write.write === 'replace' && write.kind === 'authorization_code' ? [write.record] : []))
    expect(redeemed.map(({ expiresAt }) => expiresAt)).toEqual([authorization.expiresAt])
  })
  it('revokes once', () => {
    expectRefusal(redeem(codeWorld(codeRow({ redeemedAt: NOW - 60 }), { revokedAt: NOW - 30 })), 'code_replayed')
  })
})

describe('P08 the length of a verifier', () => {
  it.each([
    [42, false],
    [43, true],
    [128, true],
    [129, false],
  ])('%i characters with a matching challenge', (length, accepted) => {
    const code_verifier = 'aZ9-._~'.repeat(20).slice(0, length)
    const decision = redeem(codeWorld(codeRow({ code_challenge: codeChallenge(code_verifier) })), { code_verifier })
    if (accepted) expectIssue(decision)
    else expectRefusal(decision, 'code_verifier_mismatch')
  })
})
