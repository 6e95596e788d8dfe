import { describe, expect, it } from 'vitest'
import { accessTokenOf, type Client, insert, introspectAccessToken, introspectRefreshToken, type Introspected, isRefusal, jtiOf, refusalRule, revokeAccessToken, revokeRefreshToken, type VerifiedAccessToken } from '../src/index.ts'
import { approved, authorization, familyRow, familyWorld, REVOKED } from './grant-world.ts'
import { alice, catalogue, commit, decide, evil, expectRefusal, machine, NOW, refreshTokenOf, row, spa, web, withPolicy, type World, worldOf } from './world.ts'

const RS1 = 'https://rs1.example'
const RS2 = 'https://rs2.example'
const operated = { ...catalogue, resources: catalogue.resources.map((resource) => ({ ...resource, operatedBy: resource.resource === RS1 ? ['C-rs1', 'C-both'] : ['C-rs2', 'C-both'] })) }
const named = (client_id: string): Client => ({ ...machine, client_id })

const CLAIMS = {
  iss: 'https://as.example',
  sub: 'alice',
  aud: ['https://as.example', RS1, RS2],
  client_id: 'C-spa',
  scope: 'openid read ledger',
  iat: NOW - 10,
  exp: NOW + 100,
  auth_time: NOW - 100,
  amr: ['pwd'],
  acr: 'urn:example:bronze',
  jti: jtiOf('auth-1', 'one'),
  email: 'alice@example.com',
}
const tokenOf = (changes: Record<string, unknown> = {}): VerifiedAccessToken => accessTokenOf({ ...CLAIMS, ...changes })
const world = worldOf([authorization])
const INACTIVE = { kind: 'introspected', answer: { active: false }, writes: [] }

function told(caller: Client, token = tokenOf(), known: World = world): Introspected['answer'] {
  const decision = decide(introspectAccessToken(token, caller, operated), known)
  if (isRefusal(decision)) throw new Error(decision.key)
  expect(decision).toMatchObject({ kind: 'introspected', writes: [] })
  return JSON.parse(JSON.stringify(decision.answer)) as Introspected['answer']
}

describe('an access token', () => {
  const { email: _, ...told0 } = CLAIMS
  const whole = { ...told0, active: true, token_type: 'Bearer' }

  it('is told whole to its own client, but for claims that introspection has no name for', () => {
    expect(told(spa)).toEqual(whole)
  })
  it('I08 is told to each resource for its part of scope and audience only', () => {
    expect(told(named('C-rs1'))).toEqual({ ...whole, scope: 'read', aud: RS1 })
    expect(told(named('C-rs2'))).toEqual({ ...whole, scope: 'ledger', aud: RS2 })
    expect(told(named('C-both'))).toEqual({ ...whole, scope: 'read ledger', aud: [RS1, RS2] })
  })
  it('has no scope where none of it means anything', () => {
    expect(told(named('C-rs2'), tokenOf({ scope: 'read' }))).not.toHaveProperty('scope')
    expect(told(spa, tokenOf({ scope: undefined }))).not.toHaveProperty('scope')
  })
  it('of a client on its own needs no authorization', () => {
    const own = tokenOf({ jti: 'no-dot', sub: 'C-m2m', client_id: 'C-m2m', aud: RS1, scope: 'read' })
    expect(told(machine, own, worldOf([]))).toMatchObject({ active: true, sub: 'C-m2m', aud: RS1, scope: 'read' })
  })
  it('tells to which key it is bound and who acts', () => {
    expect(told(spa, tokenOf({ cnf: { jkt: 'k' }, act: { sub: 'C-web' } }))).toMatchObject({ cnf: { jkt: 'k' }, act: { sub: 'C-web' } })
  })

  const mark = row('mark', `revoked ${CLAIMS.jti}`, { expiresAt: CLAIMS.exp })
  const cases: readonly (readonly [string, Client, VerifiedAccessToken, World])[] = [
    ['for another resource', named('C-rs2'), tokenOf({ aud: [RS1] }), world],
    ['of another client', web, tokenOf(), world],
    ['for the issuer only', named('C-rs1'), tokenOf({ aud: 'https://as.example' }), world],
    ['that has ended', spa, tokenOf({ exp: NOW }), world],
    ['that ends at no time', spa, tokenOf({ exp: 'never' }), world],
    ['that was revoked', spa, tokenOf(), worldOf([authorization, mark])],
    ['of a client on its own that was revoked', machine, tokenOf({ jti: 'm', client_id: 'C-m2m' }), worldOf([row('mark', 'revoked m', { expiresAt: NOW + 1 })])],
    ['of a revoked authorization', spa, tokenOf(), worldOf([{ ...authorization, revokedAt: NOW - 1 }])],
    ['of an authorization that is gone', spa, tokenOf(), worldOf([])],
    ['of a disabled user', spa, tokenOf(), worldOf([authorization], [{ ...alice, active: false }])],
    ['of a user who is gone', named('C-rs1'), tokenOf(), worldOf([authorization], [])],
  ]
  it.each(cases)('I02 %s is inactive and nothing more', (_, caller, token, known) => {
    expect(decide(introspectAccessToken(token, caller, operated), known)).toEqual(INACTIVE)
  })
})

describe('a refresh token', () => {
  const ask = (text = refreshTokenOf(1), caller: Client = spa, known: World = familyWorld()) => decide(introspectRefreshToken(text, caller), known)

  it('is told to its own client', () => {
    expect(ask()).toEqual({ kind: 'introspected', answer: { active: true, client_id: 'C-spa', sub: 'alice', scope: 'openid offline_access read', exp: NOW + 1_295_990, iat: NOW - 10 }, writes: [] })
  })
  const [granted, consent] = approved()
  const cases: readonly (readonly [string, string, Client, World])[] = [
    ['of another client', refreshTokenOf(1), evil, familyWorld()],
    ['that is no token', 'garbage', spa, familyWorld()],
    ['T12 with another seal', refreshTokenOf(1).slice(0, -1) + (refreshTokenOf(1).endsWith('A') ? 'B' : 'A'), spa, familyWorld()],
    ['that was replaced', refreshTokenOf(1), spa, familyWorld({ generation: 2, rotatedAt: NOW })],
    ['that was not issued yet', refreshTokenOf(2), spa, familyWorld()],
    ['that has ended', refreshTokenOf(1), spa, familyWorld({ expiresAt: NOW })],
    ['whose authorization has ended', refreshTokenOf(1), spa, familyWorld({}, { expiresAt: NOW })],
    ['whose authorization was revoked', refreshTokenOf(1), spa, familyWorld({}, { revokedAt: NOW })],
    ['whose authorization is gone', refreshTokenOf(1), spa, worldOf([familyRow()])],
    ['whose consent was withdrawn', refreshTokenOf(1), spa, worldOf([familyRow(), authorization])],
    ['whose client lost offline_access', refreshTokenOf(1), { ...spa, scope: ['openid', 'read'] }, familyWorld()],
    ['of a disabled user', refreshTokenOf(1), spa, worldOf([familyRow(), granted, consent], [{ ...alice, active: false }])],
  ]
  it.each(cases)('I02 %s is inactive and nothing more', (_, text, caller, known) => {
    expect(ask(text, caller, known)).toEqual(INACTIVE)
  })
  it('of a client that never asks needs no consent', () => {
    expect(ask(refreshTokenOf(1), withPolicy(spa, { consent: 'never' }), worldOf([familyRow(), authorization]))).toMatchObject({ answer: { active: true } })
  })
})

describe('revoking a refresh token', () => {
  const revoke = (text = refreshTokenOf(1), client: Client = spa, known: World = familyWorld()) => decide(revokeRefreshToken(text, client), known)

  it.each([
    ['that is good', refreshTokenOf(1), familyWorld()],
    ['that was replaced', refreshTokenOf(1), familyWorld({ generation: 3 })],
    ['that has ended', refreshTokenOf(1), familyWorld({ expiresAt: NOW - 1 })],
  ])('%s ends its authorization', (_, text, known) => {
    expect(revoke(text, spa, known)).toEqual({ kind: 'revoked', writes: REVOKED })
  })
  it.each([
    ['garbage', 'garbage', familyWorld()],
    ['a token of ours with another seal', `${refreshTokenOf(1).slice(0, -3)}AAA`, familyWorld()],
    ['a family that is gone', refreshTokenOf(1), worldOf([authorization])],
    ['an authorization that is gone', refreshTokenOf(1), worldOf([familyRow()])],
    ['an authorization that was revoked', refreshTokenOf(1), familyWorld({}, { revokedAt: NOW - 5 })],
  ])('I04 of %s changes nothing and is done', (_, text, known) => {
    expect(revoke(text, spa, known)).toEqual({ kind: 'revoked', writes: [] })
  })
  it('I05 of another client is refused, and does not harm it', () => {
    const refusal = expectRefusal(revoke(refreshTokenOf(1), evil), 'token_of_another_client')
    expect(refusal.facts).toEqual({ client_id: 'C-evil', issued_to: 'C-spa' })
    expect(refusalRule('token_of_another_client')).toMatchObject({ error: 'unauthorized_client', status: 400 })
  })
  it('I05 with a seal that was guessed tells another client nothing', () => {
    expect(revoke(`${refreshTokenOf(1).slice(0, -3)}AAA`, evil)).toEqual({ kind: 'revoked', writes: [] })
  })
})

describe('revoking an access token', () => {
  const revoke = (token = tokenOf(), client: Client = spa, known: World = world) => decide(revokeAccessToken(token, client), known)

  it('is remembered until its end, and once', () => {
    const known = worldOf([authorization])
    const decision = revoke(tokenOf(), spa, known)
    expect(decision).toEqual({ kind: 'revoked', writes: [insert('mark', `revoked ${CLAIMS.jti}`, { expiresAt: CLAIMS.exp })] })
    commit(known, decision.writes)
    expect(revoke(tokenOf(), spa, known)).toEqual({ kind: 'revoked', writes: [] })
    expect(told(spa, tokenOf(), known)).toEqual({ active: false })
    expect(told(spa, tokenOf({ jti: jtiOf('auth-1', 'two') }), known)).toMatchObject({ active: true })
  })
  it('changes nothing when it has ended', () => {
    expect(revoke(tokenOf({ exp: NOW }))).toEqual({ kind: 'revoked', writes: [] })
  })
  it.each([
    ['another client', evil],
    ['the software behind its resource', named('C-rs1')],
  ])('I05 is refused to %s', (_, client) => {
    expectRefusal(revoke(tokenOf(), client), 'token_of_another_client')
  })
})
