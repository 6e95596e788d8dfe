import { describe, expect, it } from 'vitest'
import {
  amend,
  type Answer,
  type Ask,
  authorize,
  type AuthorizationRequest,
  type Browser,
  type Circumstances,
  type Client,
  consentKey,
  digest,
  type Digest,
  insert,
  INTERACTION_KEPT,
  INTERACTION_LIFETIME,
  type Issue,
  type Issuer,
  nextQuestion,
  type RedirectUri,
  type Refusal,
  remove,
  resume,
  type Row,
} from '../src/index.ts'
import { alice, catalogue, commit, decide, expectRefusal, ISSUER, NOW, row, rowIn, spa, withPolicy, type World, worldOf } from './world.ts'

const returnTo = { issuer: ISSUER as Issuer, redirect_uri: 'https://spa.example/cb' as RedirectUri, response_mode: 'query', state: 'S1' } as const
const request: AuthorizationRequest = { client_id: 'C-spa', response_type: 'code', returnTo, scope: ['openid', 'read'], resource: [], prompt: [], nonce: 'N1', code_challenge: 'challenge' }
const HANDLE = { secret: 'the-handle-in-the-address', key: digest('the-handle-in-the-address') }
const from: Browser = { browser: digest('browser'), session: digest('cookie') }

const session: Row<'session'> = row('session', digest('cookie'), { sub: 'alice', sid: 'sid-1', auth_time: NOW - 100, amr: ['pwd'], createdAt: NOW - 100, expiresAt: NOW + 1_000 })
const consent: Row<'consent'> = row('consent', consentKey('C-spa', 'alice'), { client_id: 'C-spa', sub: 'alice', scope: ['openid', 'read'], grantedAt: NOW - 1_000 })

function waiting(changes: Partial<Row<'interaction'>> = {}): Row<'interaction'> {
  return { ...row('interaction', HANDLE.key, { request, browser: from.browser, createdAt: NOW - 60, expiresAt: NOW - 60 + INTERACTION_LIFETIME }), ...changes }
}

function start(world: World, changes: Partial<AuthorizationRequest> = {}, client: Client = spa, browser = from): Issue | Ask | Refusal {
  return decide(authorize({ ...request, ...changes }, { client, catalogue }, browser, HANDLE.key), world)
}

function goOn(world: World, answer: Answer = 'none', client: Client = spa, browser = from, fresh = 'fresh-name'): Issue | Ask | Refusal {
  return decide(resume(HANDLE, { client, catalogue }, browser, answer), world, { fresh })
}

const AUTHORIZATION = { client_id: 'C-spa', sub: 'alice', sid: 'sid-1', scope: ['openid', 'read'], resource: [], auth_time: NOW - 100, amr: ['pwd'], createdAt: NOW, expiresAt: NOW + 60 }
const CODE_RECORD = { client_id: 'C-spa', authorization: 'fresh-name', sub: 'alice', redirect_uri: 'https://spa.example/cb', expiresAt: NOW + 60, nonce: 'N1', code_challenge: 'challenge' }

describe('the next question to the user', () => {
  const known: Circumstances = { request, client: spa, catalogue, session, account: alice, consent, done: { signedIn: false, consented: false }, now: NOW }
  const always = withPolicy(spa, { consent: 'always' })
  const never = withPolicy(spa, { consent: 'never' })
  const asked = (changes: Partial<AuthorizationRequest>): AuthorizationRequest => ({ ...request, ...changes })

  it.each<[string, Partial<Circumstances>, 'login' | 'consent' | undefined]>([
    ['nothing is left to ask', {}, undefined],
    ['no session', { session: undefined }, 'login'],
    ['a session at its end', { session: { ...session, expiresAt: NOW } }, 'login'],
    ['a disabled user', { account: { ...alice, active: false } }, 'login'],
    ['a user who is gone', { account: undefined }, 'login'],
    ['a disabled user who has just signed in', { account: { ...alice, active: false }, done: { signedIn: true, consented: true } }, 'login'],
    ['prompt=login', { request: asked({ prompt: ['login'] }) }, 'login'],
    ['prompt=login, signed in within this interaction', { request: asked({ prompt: ['login'] }), done: { signedIn: true, consented: false } }, undefined],
    ['prompt=select_account', { request: asked({ prompt: ['select_account'] }) }, 'login'],
    ['max_age that still holds', { request: asked({ max_age: 100 }) }, undefined],
    ['max_age that is exceeded', { request: asked({ max_age: 99 }) }, 'login'],
    ['A11 max_age=0', { request: asked({ max_age: 0 }), session: { ...session, auth_time: NOW } }, 'login'],
    ['A11 max_age=0, signed in within this interaction', { request: asked({ max_age: 0 }), done: { signedIn: true, consented: false } }, undefined],
    ['no consent remembered', { consent: undefined }, 'consent'],
    ['consent for less', { consent: { ...consent, scope: ['openid'] } }, 'consent'],
    ['consent for more', { consent: { ...consent, scope: ['openid', 'read', 'write'] } }, undefined],
    ['consent at its end', { consent: { ...consent, expiresAt: NOW } }, 'consent'],
    ['consent that did not speak of the resource', { request: asked({ resource: ['https://rs1.example'] }) }, 'consent'],
    ['consent for another resource', { request: asked({ resource: ['https://rs1.example'] }), consent: { ...consent, resource: ['https://rs2.example'] } }, 'consent'],
    ['consent for the resource', { request: asked({ resource: ['https://rs1.example'] }), consent: { ...consent, resource: ['https://rs2.example', 'https://rs1.example'] } }, undefined],
    ['an id_token_hint of this user', { request: asked({ hintedSubject: 'alice' }) }, undefined],
    ['an id_token_hint of another user', { request: asked({ hintedSubject: 'bob' }) }, 'login'],
    ['prompt=consent', { request: asked({ prompt: ['consent'] }) }, 'consent'],
    ['prompt=consent, consented in this interaction', { request: asked({ prompt: ['consent'] }), done: { signedIn: false, consented: true } }, undefined],
    ['policy always', { client: always }, 'consent'],
    ['policy always, consented in this interaction', { client: always, done: { signedIn: false, consented: true } }, undefined],
    ['policy never', { client: never, consent: undefined }, undefined],
    ['policy never and prompt=consent', { client: never, request: asked({ prompt: ['consent'] }) }, 'consent'],
    ['policy never without a session', { client: never, session: undefined }, 'login'],
  ])('%s', (_why, changes, question) => {
    expect(nextQuestion({ ...known, ...changes })).toBe(question)
  })
})

describe('a new authorization request', () => {
  it('ends in a random code when the user is known and has consented', () => {
    expect(start(worldOf([session, consent]))).toEqual({ kind: 'issue', code: { record: CODE_RECORD }, writes: [insert('authorization', 'fresh-name', AUTHORIZATION as never)] })
  })
  it('waits for the user to sign in', () => {
    const record = { request, browser: from.browser, createdAt: NOW, expiresAt: NOW + INTERACTION_KEPT }
    expect(start(worldOf([]))).toEqual({ kind: 'ask', question: 'login', writes: [insert('interaction', HANDLE.key, record)] })
    expect(start(worldOf([session, consent]), {}, spa, { ...from, session: undefined })).toMatchObject({ kind: 'ask', question: 'login' })
  })
  it('waits for the user to consent', () => {
    expect(start(worldOf([session]))).toMatchObject({ kind: 'ask', question: 'consent' })
  })
  it('does not take the consent given to another client, nor that of another user', () => {
    const foreign = row('consent', consentKey('C-web', 'alice'), { ...consent, client_id: 'C-web' })
    const others = row('consent', consentKey('C-spa', 'bob'), { ...consent, sub: 'bob' })
    expect(start(worldOf([session, foreign, others]))).toMatchObject({ kind: 'ask', question: 'consent' })
  })
  it.each([
    ['A10 no session', [], {}, 'login_required'],
    ['A10 session but no consent', [session], {}, 'consent_required'],
    ['max_age exceeded', [session, consent], { max_age: 1 }, 'login_required'],
  ] as const)('with prompt=none is refused and asks nobody: %s', (_, rows, changes, key) => {
    const refusal = expectRefusal(start(worldOf(rows), { ...changes, prompt: ['none'] }), key)
    expect(refusal.returnTo).toEqual(returnTo)
  })
  it('with prompt=none is silent when nothing is left to ask', () => {
    expect(start(worldOf([session, consent]), { prompt: ['none'] })).toMatchObject({ kind: 'issue' })
  })
})

describe('an interaction that goes on', () => {
  const allowed = insert('consent', consent.key, { client_id: 'C-spa', sub: 'alice', scope: ['openid', 'read'], grantedAt: NOW })

  it('ends in a code derived from its handle, with the consent remembered', () => {
    expect(goOn(worldOf([waiting(), session]), 'allow')).toEqual({
      kind: 'issue',
      code: { record: CODE_RECORD, seed: HANDLE.secret },
      writes: [insert('authorization', 'fresh-name', AUTHORIZATION as never), amend(waiting(), { authorization: 'fresh-name' }), allowed],
    })
  })
  it('adds to what was allowed before', () => {
    const narrower = { ...consent, scope: ['openid', 'profile'] }
    const decision = goOn(worldOf([waiting(), session, narrower]), 'allow')
    expect(decision.writes).toContainEqual(amend(narrower, { scope: ['openid', 'profile', 'read'], grantedAt: NOW }))
  })
  it('remembers the resources beside the scope, and adds to them too', () => {
    const asking = waiting({ request: { ...request, resource: ['https://rs1.example'] } })
    const before = { ...consent, resource: ['https://rs2.example'] }
    expect(goOn(worldOf([asking, session]), 'allow').writes).toContainEqual(insert('consent', consent.key, { client_id: 'C-spa', sub: 'alice', scope: ['openid', 'read'], resource: ['https://rs1.example'], grantedAt: NOW }))
    expect(goOn(worldOf([asking, session, before]), 'allow').writes).toContainEqual(amend(before, { resource: ['https://rs2.example', 'https://rs1.example'], grantedAt: NOW }))
  })
  it('asks what is still to be asked, and notes of whom it asks consent', () => {
    const asked = waiting({ consentAskedOf: 'alice' })
    expect(goOn(worldOf([waiting(), session]))).toEqual({ kind: 'ask', question: 'consent', writes: [amend(waiting(), { consentAskedOf: 'alice' })] })
    expect(goOn(worldOf([asked, session]))).toEqual({ kind: 'ask', question: 'consent', writes: [] })
    expect(goOn(worldOf([asked, session]), 'allow')).toMatchObject({ kind: 'issue' })
    expect(goOn(worldOf([waiting({ consentAskedOf: 'bob' }), session]), 'allow')).toMatchObject({ kind: 'ask', question: 'consent' })
    expect(goOn(worldOf([waiting(), consent]))).toEqual({ kind: 'ask', question: 'login', writes: [] })
    expect(goOn(worldOf([waiting()]), 'allow')).toEqual({ kind: 'ask', question: 'login', writes: [] })
  })
  it('takes prompt=login for done only when the sign-in happened within it', () => {
    const asking = { request: { ...request, prompt: ['login'] as const } }
    expect(goOn(worldOf([waiting(asking), session, consent]))).toMatchObject({ kind: 'ask', question: 'login' })
    expect(goOn(worldOf([waiting({ ...asking, authenticatedAt: NOW - 10 }), session, consent]))).toMatchObject({ kind: 'ask', question: 'login' })
    const renewed = { ...session, auth_time: NOW - 10 }
    expect(goOn(worldOf([waiting({ ...asking, authenticatedAt: NOW - 10 }), renewed, consent]))).toMatchObject({ kind: 'issue' })
  })
  it('A25 gives the same code to a double click, and no second authorization', () => {
    const world = worldOf([waiting(), session])
    const first = goOn(world, 'allow')
    commit(world, first.writes)
    expect(goOn(world, 'allow', spa, from, 'another-name')).toEqual({ kind: 'issue', code: { seed: HANDLE.secret }, writes: [] })
    expect([...world.rows.values()].filter(({ kind }) => kind === 'authorization')).toHaveLength(1)
    expect(rowIn(world, 'interaction', HANDLE.key)?.authorization).toBe('fresh-name')
  })
  it('takes consent only from the user whom it was asked of', () => {
    expect(goOn(worldOf([waiting({ consentAskedOf: 'bob' }), session]), 'allow')).toMatchObject({ kind: 'ask', question: 'consent', writes: [amend(waiting({ consentAskedOf: 'bob' }), { consentAskedOf: 'alice' })] })
    expect(goOn(worldOf([waiting({ consentAskedOf: 'alice' }), session]), 'allow')).toMatchObject({ kind: 'issue' })
  })
  it('that signed in another user than the id_token_hint names is refused: login_required', () => {
    const hinted = waiting({ request: { ...request, hintedSubject: 'bob' }, authenticatedAt: NOW - 100 })
    expect(expectRefusal(goOn(worldOf([hinted, session, consent])), 'login_required').returnTo).toEqual(returnTo)
  })
  const finished = row('authorization', 'auth-1', { ...AUTHORIZATION, createdAt: NOW - 59, expiresAt: NOW + 1 })
  it.each([
    ['a user who denies after all', [finished, session], alice, 'deny'],
    ['another user of the same browser', [finished, { ...session, sub: 'bob' }], { ...alice, sub: 'bob' }, 'allow'],
    ['nobody, after a logout', [finished], alice, 'allow'],
    ['a session at its end', [finished, { ...session, expiresAt: NOW }], alice, 'allow'],
    ['a disabled user', [finished, session], { ...alice, active: false }, 'allow'],
    ['a user who is gone', [finished, session], { ...alice, sub: 'carol' }, 'allow'],
    ['the user after the life of the code', [{ ...finished, createdAt: NOW - 60 }, session], alice, 'allow'],
    ['the user once it was revoked', [{ ...finished, revokedAt: NOW - 1 }, session], alice, 'allow'],
    ['the user when the authorization is gone', [session], alice, 'allow'],
  ] as const)('that is finished repeats nothing to %s', (_, rows, account, answer) => {
    const again = waiting({ authorization: 'auth-1' })
    expect(decide(resume(HANDLE, { client: spa, catalogue }, from, 'allow'), worldOf([again, finished, session], [alice]))).toMatchObject({ kind: 'issue', code: { seed: HANDLE.secret } })
    expect(expectRefusal(decide(resume(HANDLE, { client: spa, catalogue }, from, answer), worldOf([again, ...rows], [account])), 'interaction_unknown').returnTo).toBeUndefined()
  })
  it('is taken away when the user denies', () => {
    const world = worldOf([waiting(), session])
    const refusal = expectRefusal(goOn(world, 'deny'), 'access_denied', [remove(waiting())])
    expect(refusal.returnTo).toEqual(returnTo)
    commit(world, refusal.writes)
    expectRefusal(goOn(world, 'allow'), 'interaction_unknown')
  })
  it.each([
    ['that nobody began', [session], from, 'interaction_unknown'],
    ['at its end', [waiting({ expiresAt: NOW }), session], from, 'interaction_expired'],
    ['A24 of another browser', [waiting(), session], { ...from, browser: digest('mallory') as Digest }, 'interaction_of_another_browser'],
    ['A24 of another browser, finished', [waiting({ authorization: 'auth-1' }), session], { ...from, browser: digest('mallory') as Digest }, 'interaction_of_another_browser'],
    ['finished and at its end', [waiting({ authorization: 'auth-1', expiresAt: NOW }), session], from, 'interaction_expired'],
  ] as const)('%s is refused on a page, whatever the answer', (_, rows, browser, key) => {
    for (const answer of ['none', 'allow', 'deny'] as const) expect(expectRefusal(goOn(worldOf(rows), answer, spa, browser), key).returnTo).toBeUndefined()
  })
})
