import { describe, expect, it } from 'vitest'
import { type Client, digest, type Grant, insert, isRefusal, type Issue, jwtBearer, MARK_KEPT_FOR, type Moment, password, type Refusal, type RefusalKey, type Row, TOKEN_TYPES, tokenExchange } from '../src/index.ts'
import { authorization } from './grant-world.ts'
import { alice, catalogue, clientOf, expectIssue, expectRefusal, form, ISSUER, NOW, row, SECRET, spa, web } from './world.ts'

type Facts = Readonly<Record<string, unknown>>
type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** The decision of a grant by facts that are already known. */
function decided(grant: Grant, client: Client, parameters: Parameters, known: Facts, moment: Partial<Moment> = {}): Issue | Refusal {
  const begun = grant.begin(form({ grant_type: grant.grant_type, ...parameters }), client, catalogue)
  return isRefusal(begun) ? begun : begun.decide(known as never, { now: NOW, fresh: 'fresh-name', ...moment })
}

const GRANTED: Row<'authorization'> = { ...authorization, client_id: 'C-web' }
const CLAIMS = { iss: ISSUER, sub: 'alice', aud: [ISSUER, 'https://rs1.example'], client_id: 'C-web', scope: 'openid read', exp: NOW + 60, jti: 'auth-1.x' }
const KNOWN = { subject: CLAIMS, subjectNamed: GRANTED, subjectSession: [], subjectAccount: alice, actorSession: [] }
const ID_TOKEN = { iss: ISSUER, sub: 'alice', aud: 'C-web', exp: NOW + 60, sid: 'sid-1' }
const gateway = clientOf({ client_id: 'C-gate', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'read' })

const exchange = (known: Facts = {}, parameters: Parameters = {}, client: Client = web) =>
  decided(tokenExchange, client, { subject_token: 'T', subject_token_type: TOKEN_TYPES.access_token, ...parameters }, { ...KNOWN, ...known })

describe('token exchange', () => {
  it('keeps subject and authorization, and never lasts longer than the token it takes', () => {
    const { accessToken, refreshToken, idToken, members, writes } = expectIssue(exchange({}, { scope: 'read' }))
    expect([refreshToken, idToken, writes, members]).toEqual([undefined, undefined, [], { issued_token_type: TOKEN_TYPES.access_token }])
    expect(accessToken).toMatchObject({ authorization: 'auth-1', expires_in: 60, scope: ['read'], claims: { sub: 'alice', client_id: 'C-web', aud: 'https://rs1.example', exp: NOW + 60 } })
    expect(accessToken?.claims).not.toHaveProperty('act')
  })
  it('takes for an ID Token the latest authorization of its client that is alive', () => {
    const session = [{ ...GRANTED, key: 'old', createdAt: 1 }, { ...GRANTED, key: 'dead', createdAt: 9, revokedAt: NOW }, { ...GRANTED, key: 'new', createdAt: 5 }, { ...GRANTED, key: 'foreign', createdAt: 9, client_id: 'C-evil' }]
    const decision = expectIssue(exchange({ subject: ID_TOKEN, subjectNamed: undefined, subjectSession: session }, { subject_token_type: TOKEN_TYPES.id_token, scope: 'read' }))
    expect(decision.accessToken?.authorization).toBe('new')
  })
  const actor = { actor: { iss: ISSUER, sub: 'C-web', client_id: 'C-web', exp: NOW + 9, jti: 'y' } }
  const actorParameters = { actor_token: 'A', actor_token_type: TOKEN_TYPES.access_token }
  it('nests the actors', () => {
    expect(expectIssue(exchange({ ...actor, subject: { ...CLAIMS, act: { sub: 'before' } } }, actorParameters)).accessToken?.claims.act).toEqual({ sub: 'C-web', act: { sub: 'before' } })
  })

  const refused: readonly [string, RefusalKey, () => Issue | Refusal][] = [
    ['X05 a public client', 'grant_type_not_allowed', () => exchange({}, {}, spa)],
    ['another type', 'exchange_token_type_unsupported', () => exchange({}, { subject_token_type: 'urn:x' })],
    ['X05 a refresh token', 'requested_token_type_unsupported', () => exchange({}, { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })],
    ['X02 what nobody signed', 'subject_token_not_valid', () => exchange({ subject: undefined })],
    ['X02 another issuer', 'subject_token_not_valid', () => exchange({ subject: { ...CLAIMS, iss: 'https://other.example' } })],
    ['a bound token without proof', 'subject_token_not_valid', () => exchange({ subject: { ...CLAIMS, cnf: {} } })],
    ['X01 an expired token', 'subject_token_expired', () => exchange({ subject: { ...CLAIMS, exp: NOW } })],
    ['a token without an end', 'subject_token_expired', () => exchange({ subject: { ...CLAIMS, exp: undefined } })],
    ['X01 a revoked token', 'subject_token_revoked', () => exchange({ subjectRevoked: row('mark', 'm', { expiresAt: NOW }) })],
    ['X01 a revoked authorization', 'subject_token_revoked', () => exchange({ subjectNamed: { ...GRANTED, revokedAt: NOW } })],
    ['X01 an authorization that is gone', 'subject_token_revoked', () => exchange({ subjectNamed: undefined })],
    ['X01 a disabled user', 'subject_token_revoked', () => exchange({ subjectAccount: { ...alice, active: false } })],
    ['X03 a token of another client', 'subject_token_of_another_client', () => exchange({}, {}, gateway)],
    ['X03 an ID Token of another client', 'subject_token_of_another_client', () => exchange({ subject: { ...ID_TOKEN, aud: 'C-evil' }, subjectSession: [{ ...GRANTED, client_id: 'C-evil' }] }, { subject_token_type: TOKEN_TYPES.id_token })],
    ['a client of its own', 'subject_token_without_user', () => exchange({ subject: { ...CLAIMS, sub: 'C-web', jti: 'x' }, subjectNamed: undefined, subjectAccount: undefined })],
    ['an actor of nobody', 'actor_token_not_valid', () => exchange({}, actorParameters)],
    ['an actor of another client', 'actor_token_not_valid', () => exchange({ actor: { ...actor.actor, client_id: 'C-evil' } }, actorParameters)],
    ['a type without an actor', 'actor_token_type_unexpected', () => exchange({}, { actor_token_type: TOKEN_TYPES.jwt })],
    ['an actor beside the one that is named', 'actor_not_allowed', () => exchange({ ...actor, subject: { ...CLAIMS, may_act: { sub: 'C-other' } } }, actorParameters)],
    ['nobody in place of the one that is named', 'actor_not_allowed', () => exchange({ subject: { ...CLAIMS, may_act: { sub: 'C-web' } } })],
    ['a may_act that names nobody', 'actor_not_allowed', () => exchange({ ...actor, subject: { ...CLAIMS, may_act: {} } }, actorParameters)],
    ['X04 more than the token has', 'scope_exceeds_grant', () => exchange({}, { scope: 'write' })],
    ['X04 more than the client has', 'scope_exceeds_grant', () => exchange({ subject: { ...CLAIMS, scope: 'read admin' } }, { scope: 'admin' })],
    ['X04 a resource that nobody offers', 'resource_unknown', () => exchange({}, { audience: 'https://rs9.example' })],
    ['X04 a resource out of reach', 'resource_not_granted', () => exchange({}, { resource: 'https://rs2.example' })],
    ['X07 a resource that the user did not approve', 'resource_not_granted', () => exchange({ subjectNamed: { ...GRANTED, resource: ['https://rs2.example'] } }, { resource: 'https://rs1.example' })],
  ]
  it.each(refused)('refuses %s: %s', (_, key, decision) => {
    expectRefusal(decision(), key)
  })
})

describe('the JWT bearer grant', () => {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
  const GOOD = { iss: 'https://partner.example', sub: 'alice', aud: ISSUER, exp: NOW + 60, jti: 'j1' }
  const grant = jwtBearer([{ issuer: 'https://partner.example', clients: ['C-web'] }], [ISSUER], () => Promise.resolve(GOOD))
  const bear = (changes: Facts = {}, known: Facts = {}, client: Client = web) => {
    const claims = { ...GOOD, ...changes }
    return decided(grant, client, { assertion: `${part({ alg: 'ES256' })}.${part(claims)}.x` }, { claims, account: alice, ...known })
  }
  it('marks the assertion beyond its end', () => {
    const key = `assertion ${digest(JSON.stringify(['https://partner.example', 'j1']))}`
    expect(expectIssue(bear()).writes).toContainEqual(insert('mark', key, { expiresAt: NOW + 60 + MARK_KEPT_FOR }))
  })
  const refused: readonly [string, RefusalKey, () => Issue | Refusal][] = [
    ['no issuer', 'assertion_malformed', () => bear({ iss: 7 })],
    ['an unknown issuer', 'assertion_issuer_unknown', () => bear({ iss: 'https://evil.example' })],
    ['another client', 'assertion_issuer_unknown', () => bear({}, {}, gateway)],
    ['a wrong signature', 'assertion_signature_wrong', () => bear({}, { claims: 'unverified' })],
    ['keys out of reach', 'assertion_keys_unreachable', () => bear({}, { claims: 'unreachable' })],
    ['another audience', 'assertion_audience_wrong', () => bear({ aud: 'x' })],
    ['a time that is a text', 'assertion_incomplete', () => bear({ exp: `${NOW + 60}` })],
    ['an end that has passed', 'assertion_expired', () => bear({ exp: NOW })],
    ['an end too far', 'assertion_lasts_too_long', () => bear({ exp: NOW + 3_601 })],
    ['a beginning too far', 'assertion_too_early', () => bear({ nbf: NOW + 61 })],
    ['a replay', 'assertion_replayed', () => bear({}, { used: row('mark', 'm', { expiresAt: NOW + 9 }) })],
    ['nobody', 'account_inactive', () => bear({}, { account: undefined })],
  ]
  it.each(refused)('X08 refuses %s: %s', (_, key, decision) => {
    expectRefusal(decision(), key)
  })
})

describe('the password grant', () => {
  it('refuses what was not proven: password_wrong', () => {
    const grant = password(() => Promise.resolve(undefined))
    const ask = (known: Facts) => decided(grant, web, { username: 'alice', password: 'x' }, known)
    expectRefusal(ask({ proven: undefined, account: undefined }), 'password_wrong')
    expectRefusal(ask({ proven: alice, account: { ...alice, active: false } }), 'password_wrong')
    expect(expectIssue(ask({ proven: alice, account: alice })).accessToken?.claims.sub).toBe('alice')
  })
})
