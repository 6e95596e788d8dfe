import { describe, expect, it } from 'vitest'
import { authorize, type AuthorizationRequest, type Browser, type Client, consentKey, digest, idTokenClaims, type Issue, isRefusal, parseAuthorizationRequest, type Refusal, type RefusalKey, resume, RESPONSE_TYPES, type ResponseType, type Row, SIGNING_ALGORITHMS, tokenHash } from '../src/index.ts'
import { alice, catalogue, CHALLENGE, commit, decide, expectIssue, expectRefusal, form, NOW, row, rowIn, web, withPolicy, worldOf } from './world.ts'

const FRONT = RESPONSE_TYPES.filter((type) => type !== 'code')
const hybrid: Client = { ...withPolicy(web, { consent: 'never', accessTokensInFrontChannel: true }), response_types: RESPONSE_TYPES }
const parties = { client: hybrid, catalogue }
const HANDLE = { secret: 'the-handle', key: digest('the-handle') }
const from: Browser = { browser: digest('browser'), session: digest('cookie') }
const session: Row<'session'> = row('session', digest('cookie'), { sub: 'alice', sid: 'sid-1', auth_time: NOW - 100, amr: ['pwd'], createdAt: NOW - 100, expiresAt: NOW + 1_000 })

function parse(response_type: string, changes: Readonly<Record<string, string | undefined>> = {}, client = hybrid): AuthorizationRequest | Refusal {
  const asked = { response_type, redirect_uri: 'https://rp.example/cb', scope: 'openid profile', state: 'S1', nonce: 'N1', code_challenge: CHALLENGE, code_challenge_method: 'S256', ...changes }
  return parseAuthorizationRequest(form(asked), client, catalogue)
}

function requestOf(response_type: string, changes: Readonly<Record<string, string | undefined>> = {}): AuthorizationRequest {
  const request = parse(response_type, changes)
  if (isRefusal(request)) throw new Error(request.key)
  return request
}

function granted(response_type: string, changes: Readonly<Record<string, string | undefined>> = {}, client = hybrid): Issue {
  const decision = decide(authorize(requestOf(response_type, changes), { client, catalogue }, from, HANDLE.key), worldOf([session]))
  if (decision.kind === 'ask') throw new Error(decision.question)
  return expectIssue(decision)
}

describe('a request of the front channel', () => {
  it.each(FRONT)('HYB-1 %s is answered in the fragment, or posted, and never in a query', (response_type) => {
    expect(requestOf(response_type).returnTo.response_mode).toBe('fragment')
    for (const response_mode of ['fragment', 'form_post']) expect(requestOf(response_type, { response_mode }).returnTo.response_mode).toBe(response_mode)
    expect(expectRefusal(parse(response_type, { response_mode: 'query' }), 'response_mode_unsupported').returnTo?.response_mode).toBe('fragment')
  })
  it.each<[ResponseType, RefusalKey | undefined, RefusalKey | undefined]>([
    ['code', undefined, undefined],
    ['token', undefined, undefined],
    ['code token', undefined, undefined],
    ['id_token', 'nonce_missing', 'openid_missing'],
    ['id_token token', 'nonce_missing', 'openid_missing'],
    ['code id_token', 'nonce_missing', 'openid_missing'],
    ['code id_token token', 'nonce_missing', 'openid_missing'],
  ])('HY02 %s without nonce: %s; without openid: %s', (response_type, withoutNonce, withoutOpenid) => {
    const keyOf = (decision: AuthorizationRequest | Refusal): RefusalKey | undefined => (isRefusal(decision) ? decision.key : undefined)
    expect([keyOf(parse(response_type, { nonce: undefined })), keyOf(parse(response_type, { scope: 'read' }))]).toEqual([withoutNonce, withoutOpenid])
  })
  it.each(RESPONSE_TYPES)('P01 %s needs a challenge where a code is at stake', (response_type) => {
    const decision = parse(response_type, { code_challenge: undefined, code_challenge_method: undefined })
    expect(decision).toMatchObject(response_type.includes('code') ? { kind: 'refusal', key: 'code_challenge_missing' } : { response_type })
  })
})

describe('what is granted to it', () => {
  it.each<[ResponseType, readonly string[], number]>([
    ['code', ['code'], 60],
    ['token', ['accessToken'], 3_660],
    ['id_token', ['idToken'], 60],
    ['id_token token', ['accessToken', 'idToken'], 3_660],
    ['code id_token', ['code', 'idToken'], 60],
    ['code token', ['accessToken', 'code'], 3_660],
    ['code id_token token', ['accessToken', 'code', 'idToken'], 3_660],
  ])('%s is %j, of an authorization that lasts as long as they do', (response_type, plans, lasting) => {
    const { kind, writes, session: _, ...issued } = granted(response_type)
    expect([kind, Object.keys(issued).sort()]).toEqual(['issue', plans])
    expect(writes).toEqual([expect.objectContaining({ write: 'insert', kind: 'authorization', key: 'fresh-name', record: expect.objectContaining({ createdAt: NOW, expiresAt: NOW + lasting }) as unknown })])
    expect(issued).toMatchObject({
      ...(plans.includes('accessToken') ? { accessToken: { authorization: 'fresh-name', claims: { sub: 'alice', client_id: 'C-web', exp: NOW + 3_600 } } } : {}),
      ...(plans.includes('code') ? { code: { record: { authorization: 'fresh-name', nonce: 'N1', code_challenge: CHALLENGE, expiresAt: NOW + 60 } } } : {}),
    })
  })
  it.each<[ResponseType, boolean]>([
    ['id_token', true],
    ['id_token token', false],
    ['code id_token', false],
    ['code id_token token', false],
  ])('HYB-3 %s tells of the user in the ID Token: %s', (response_type, tells) => {
    expect(granted(response_type).idToken?.claims.name).toBe(tells ? 'Alice' : undefined)
    expect(granted(response_type).idToken?.claims.email).toBeUndefined()
    expect(granted(response_type, {}, withPolicy(hybrid, { userClaimsInIdToken: true })).idToken?.claims.name).toBe('Alice')
  })
  it('HY01 has the hashes of what stands beside it, by the algorithm of the client', () => {
    for (const id_token_signed_response_alg of SIGNING_ALGORITHMS) {
      const { idToken } = granted('code id_token token', {}, { ...hybrid, id_token_signed_response_alg })
      if (idToken === undefined) throw new Error('no ID Token')
      const alg = id_token_signed_response_alg
      expect(idToken).toMatchObject({ alg, state: 'S1' })
      expect(idTokenClaims(idToken, { code: 'C', access_token: 'A' })).toMatchObject({ c_hash: tokenHash('C', alg), at_hash: tokenHash('A', alg), s_hash: tokenHash('S1', alg), nonce: 'N1' })
      expect(tokenHash('C', alg)).toMatch(/^[\w-]{22,43}$/)
    }
  })
  it('HYB-2 has no s_hash without a state', () => {
    expect(granted('code id_token', { state: undefined }).idToken).not.toHaveProperty('state')
  })
  it.each(FRONT)('A25 %s is granted once, and told again under the same authorization', (response_type) => {
    const interaction = row('interaction', HANDLE.key, { request: requestOf(response_type), browser: from.browser, createdAt: NOW, expiresAt: NOW + 1_000 })
    const world = worldOf([interaction, session])
    const first = expectIssue(decide(resume(HANDLE, parties, from, 'none'), world) as Issue | Refusal)
    commit(world, first.writes)
    const again = expectIssue(decide(resume(HANDLE, parties, from, 'none'), world, { fresh: 'another-name', now: NOW + 59 }) as Issue | Refusal)
    expect([Object.keys(again).sort(), again.writes]).toEqual([Object.keys(first).sort(), []])
    expect(again.code).toEqual(first.code === undefined ? undefined : { seed: HANDLE.secret })
    expect(again.accessToken?.authorization).toBe(response_type.split(' ').includes('token') ? 'fresh-name' : undefined)
    expect(again.accessToken?.claims.exp ?? 0).toBeLessThanOrEqual(rowIn(world, 'authorization', 'fresh-name')?.expiresAt ?? -1)
    expectRefusal(decide(resume(HANDLE, parties, from, 'none'), world, { now: NOW + 60 }), 'interaction_unknown')
  })
  it('follows what was remembered for the user', () => {
    const asking = { client: withPolicy(hybrid, { consent: 'remembered' }), catalogue }
    const consent = row('consent', consentKey('C-web', 'alice'), { client_id: 'C-web', sub: alice.sub, scope: ['openid', 'profile'], grantedAt: NOW })
    expect(decide(authorize(requestOf('code id_token'), asking, from, HANDLE.key), worldOf([session]))).toMatchObject({ kind: 'ask', question: 'consent' })
    expect(decide(authorize(requestOf('code id_token'), asking, from, HANDLE.key), worldOf([session, consent]))).toMatchObject({ kind: 'issue' })
  })
})
