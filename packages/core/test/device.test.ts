import { describe, expect, it } from 'vitest'
import {
  amend,
  type Client,
  decideDevice,
  deviceCode,
  type DeviceState,
  DEVICE_CODE,
  type DeviceStep,
  digest,
  enterUserCode,
  insert,
  isRefusal,
  type Issue,
  MOST_WRONG_CODES,
  type Pace,
  POLL_ANSWERS,
  type Refusal,
  requestDevice,
  visitDevice,
} from '../src/index.ts'
import { ALICE_HERE, APPROVED, BOB_HERE, dev, DEVICE_SECRET, deviceRow, deviceWorld, entered, MALLORYS_VISIT, MALLORY_HERE, USER_CODE, VISIT, visitRow } from './device-world.ts'
import { catalogue, commit, decide, evil, expectIssue, expectRefusal, form, NOW, row, rowIn, spa, type World, worldOf } from './world.ts'

function poll(world: World = deviceWorld(), { now = NOW, client = dev, device_code = DEVICE_SECRET }: { now?: number; client?: Client; device_code?: string } = {}): Issue | Refusal {
  return decide(deviceCode.begin(form({ grant_type: DEVICE_CODE, device_code, client_id: client.client_id }), client, catalogue), world, { now })
}

const STATES: Readonly<Record<DeviceState, object>> = { pending: {}, approved: APPROVED, denied: { state: 'denied' }, redeemed: { ...APPROVED, state: 'redeemed' } }
const PACES: Readonly<Record<Pace, object>> = { timely: { polledAt: NOW - 5 }, early: { polledAt: NOW - 4 }, late: { expiresAt: NOW } }
const EVERY = Object.entries(POLL_ANSWERS).flatMap(([state, answers]) => Object.entries(answers).map(([pace, answer]) => ({ state: state as DeviceState, pace: pace as Pace, answer })))

describe('what a poll is told', () => {
  it.each(EVERY)('$state and $pace: $answer', ({ state, pace, answer }) => {
    const device = deviceRow({ ...STATES[state], ...PACES[pace] })
    const noted: Readonly<Record<string, object>> = { issue: { state: 'redeemed', polledAt: NOW }, slow_down: { polledAt: NOW, interval: 10 }, authorization_pending: { polledAt: NOW } }
    const decision = poll(deviceWorld(device))
    expect(isRefusal(decision) ? decision.key : decision.kind).toBe(answer)
    expect(decision.writes.filter(({ kind }) => kind === 'device_authorization')).toEqual(answer in noted ? [amend(device, noted[answer] ?? {})] : [])
  })
  it('says this, as RFC 8628 §3.5 has it', () => {
    expect(POLL_ANSWERS).toEqual({
      pending: { timely: 'authorization_pending', early: 'slow_down', late: 'device_code_expired' },
      approved: { timely: 'issue', early: 'slow_down', late: 'device_code_expired' },
      denied: { timely: 'device_denied', early: 'device_denied', late: 'device_denied' },
      redeemed: { timely: 'device_code_redeemed', early: 'device_code_redeemed', late: 'device_code_redeemed' },
    })
  })
  it('the first poll is never too soon', () => expectRefusal(poll(deviceWorld(), { now: NOW - 9 }), 'authorization_pending', [amend(deviceRow(), { polledAt: NOW - 9 })]))
  it('D02 polls of one second grow the interval once', () => {
    const device = deviceRow({ polledAt: NOW })
    expectRefusal(poll(deviceWorld(device)), 'slow_down')
  })
  it('D02 the interval grows with each poll too soon, for good, and a device that keeps to it recovers', () => {
    const world = deviceWorld()
    const at = (now: number): string => {
      const decision = poll(world, { now })
      commit(world, decision.writes)
      return isRefusal(decision) ? `${decision.key} ${rowIn(world, 'device_authorization', digest(DEVICE_SECRET))?.interval}` : 'issue'
    }
    expect([0, 1, 2, 16, 36, 55, 80, 105].map((after) => at(NOW + after))).toEqual(['authorization_pending 5', 'slow_down 10', 'slow_down 15', 'slow_down 20', 'authorization_pending 20', 'slow_down 25', 'authorization_pending 25', 'authorization_pending 25'])
    commit(world, [amend(rowIn(world, 'device_authorization', digest(DEVICE_SECRET)) ?? deviceRow(), APPROVED)])
    expect([at(NOW + 129), at(NOW + 159)]).toEqual(['slow_down 30', 'issue'])
  })
  it('an unknown code', () => {
    for (const device_code of [`${DEVICE_SECRET}A`, DEVICE_SECRET.toUpperCase(), USER_CODE, 'auth-dev']) expectRefusal(poll(deviceWorld(), { device_code }), 'device_code_unknown')
    expectRefusal(poll(deviceWorld(), { device_code: '' }), 'parameter_missing')
  })
  it.each(['pending', 'approved', 'denied', 'redeemed'] as const)('D05 %s: the code of another client', (state) => {
    expectRefusal(poll(deviceWorld(deviceRow({ ...STATES[state], polledAt: NOW - 1 })), { client: { ...evil, grant_types: [DEVICE_CODE] } }), 'device_code_of_another_client')
  })
  it('a revoked authorization and a user who is gone', () => {
    const world = deviceWorld(deviceRow(APPROVED))
    expectRefusal(poll({ ...world, accounts: [] }), 'account_inactive')
    world.rows.delete('authorization auth-dev')
    expectRefusal(poll(world), 'authorization_revoked')
  })
  it('gives tokens for what was approved, that last', () => {
    const issued = expectIssue(poll(deviceWorld(deviceRow({ ...APPROVED, polledAt: NOW - 5 }))))
    expect([issued.accessToken?.scope, issued.idToken?.claims.sub, issued.refreshToken?.family]).toEqual([['openid', 'offline_access', 'read'], 'alice', 'new'])
    const lasting = issued.writes.flatMap((write) => (write.write === 'replace' && write.kind === 'authorization' ? [write.record.expiresAt] : []))
    expect(lasting).toEqual([NOW + 3_600 + 2_592_000])
  })
})

describe('a device that asks', () => {
  const ask = (parameters: Readonly<Record<string, string>>, client = dev) => decide(requestDevice(form(parameters), client, catalogue, 'TV/1.0'), worldOf([]))
  it('waits, with the scope it asked for or all that it may', () => {
    expect(expectIssue(ask({ scope: 'openid read' })).device?.record).toEqual({ client_id: 'C-dev', scope: ['openid', 'read'], resource: [], state: 'pending', interval: 5, createdAt: NOW, expiresAt: NOW + 600, seen: 'TV/1.0' })
    expect(expectIssue(ask({})).device?.record.scope).toEqual(dev.scope)
  })
  it('D01 needs the grant, and a scope of its own', () => {
    expectRefusal(ask({}, spa), 'grant_type_not_allowed')
    expectRefusal(ask({ scope: 'ledger' }), 'scope_not_allowed')
  })
})

const step = (decision: DeviceStep | Refusal): DeviceStep => {
  if (isRefusal(decision)) throw new Error(decision.key)
  return decision
}
const enter = (world: World, text: string = USER_CODE, from = ALICE_HERE, handle = VISIT, now = NOW) => decide(enterUserCode(handle, from, text), world, { now })
const choose = (world: World, decision: 'allow' | 'deny' = 'allow', from = ALICE_HERE, handle = VISIT, now = NOW) => decide(decideDevice(handle, from, dev, decision), world, { now })
const waiting = deviceRow({ enteredIn: VISIT })
/** The world in which alice has entered the code. */
const enteredWorld = (device = waiting) => deviceWorld(device, entered)
const failed = (count: number, expiresAt = NOW + 600) => row('failures', 'user_code alice', { count, expiresAt })

describe('who comes to the device page', () => {
  it('signs in first, so that guesses count against somebody', () => {
    const questions = [ALICE_HERE, { ...ALICE_HERE, session: undefined }].map((from) => step(decide(visitDevice(from, digest('new'), { user_code: 'X' }), deviceWorld())))
    expect(questions.map((each) => each.kind === 'ask' && each.question)).toEqual(['device', 'login'])
    expect(questions[0]?.writes).toEqual([insert('interaction', digest('new'), { request: { kind: 'device', user_code: 'X' }, browser: ALICE_HERE.browser, createdAt: NOW, expiresAt: NOW + 7_200 })])
    expect(step(enter(deviceWorld(), USER_CODE, { ...ALICE_HERE, session: digest('none') }))).toEqual({ kind: 'ask', question: 'login', writes: [] })
    expect(step(enter({ ...deviceWorld(), accounts: [{ sub: 'alice', active: false, claims: {} }] }))).toEqual({ kind: 'ask', question: 'login', writes: [] })
  })
})

describe('a user code that is entered', () => {
  it('ties the device to this visit and this user', () => {
    expect(step(enter(deviceWorld()))).toEqual({ kind: 'ask', question: 'device', writes: [amend(visitRow(), { device: deviceRow().key, consentAskedOf: 'alice', request: { kind: 'device', client_id: 'C-dev' } }), amend(deviceRow(), { enteredIn: VISIT }), insert('failures', 'user_code alice', { count: 0, expiresAt: NOW })] })
  })
  it.each([
    ['unknown', deviceRow(), 'WDJBMJHW'],
    ['no code at all', deviceRow(), 'hello'],
    ['decided', deviceRow(APPROVED), USER_CODE],
    ['denied', deviceRow({ state: 'denied' }), USER_CODE],
    ['expired', deviceRow({ expiresAt: NOW }), USER_CODE],
  ])('misses when it is %s, and counts', (_, device, text) => {
    expect(step(enter(deviceWorld(device), text))).toEqual({ kind: 'missed', writes: [insert('failures', 'user_code alice', { count: 1, expiresAt: NOW + 600 })] })
  })
  it('D06 user_code_attempts: the tenth guess of an account is refused, right or wrong, until the count is forgotten', () => {
    expect(step(enter(deviceWorld(deviceRow(), failed(MOST_WRONG_CODES - 1)))).kind).toBe('ask')
    for (const text of [USER_CODE, 'WDJBMJHW']) expectRefusal(enter(deviceWorld(deviceRow(), failed(MOST_WRONG_CODES)), text), 'user_code_attempts')
    expect(step(enter(deviceWorld(deviceRow(), failed(MOST_WRONG_CODES)), USER_CODE, MALLORY_HERE, MALLORYS_VISIT)).kind).toBe('ask')
    expect(step(enter(deviceWorld(deviceRow(), failed(MOST_WRONG_CODES, NOW)), 'hello')).writes).toEqual([amend(failed(9, NOW), { count: 1, expiresAt: NOW + 600 })])
  })
  it('D06 a right guess can not be sent along with wrong ones: it conflicts with them', () => {
    for (const world of [deviceWorld(), deviceWorld(deviceRow(), failed(3))]) {
      const [right, wrong] = [step(enter(world)), step(enter(world, 'hello'))]
      commit(world, wrong.writes)
      expect(() => commit(world, right.writes)).toThrow('conflict at failures')
    }
  })
})

describe('the decision', () => {
  it('approves with an authorization of its own, or denies', () => {
    const allowed = step(choose(enteredWorld()))
    expect(allowed).toMatchObject({ kind: 'decided', decision: 'allow' })
    expect(allowed.writes.map(({ kind }) => kind)).toEqual(['authorization', 'device_authorization', 'consent'])
    expect(allowed.writes).toContainEqual(amend(waiting, { state: 'approved', authorization: 'fresh-name', sub: 'alice' }))
    expect(step(choose(enteredWorld(), 'deny'))).toEqual({ kind: 'decided', decision: 'deny', writes: [amend(waiting, { state: 'denied' })] })
  })
  it('said twice comes to the same, and the other way round is too late: device_not_waiting', () => {
    for (const [first, second] of [['allow', 'deny'], ['deny', 'allow']] as const) {
      const world = enteredWorld()
      commit(world, step(choose(world, first)).writes)
      expect(step(choose(world, first))).toEqual({ kind: 'decided', decision: first, writes: [] })
      expectRefusal(choose(world, second), 'device_not_waiting')
    }
  })
  it('about a device that is over: device_not_waiting', () => expectRefusal(choose(enteredWorld(deviceRow({ enteredIn: VISIT, expiresAt: NOW }))), 'device_not_waiting'))
  it('D08 from another browser, another visit, or after the code was entered again: device_entered_elsewhere', () => {
    for (const decision of ['allow', 'deny'] as const) {
      expectRefusal(choose(enteredWorld(), decision, MALLORY_HERE), 'device_entered_elsewhere')
      expectRefusal(choose(enteredWorld(), decision, MALLORY_HERE, MALLORYS_VISIT), 'device_entered_elsewhere')
      expectRefusal(choose(enteredWorld(deviceRow({ enteredIn: MALLORYS_VISIT })), decision), 'device_entered_elsewhere')
    }
  })
  it('of somebody who signed in since is asked for again', () => {
    const world = enteredWorld()
    const asked = step(choose(world, 'allow', BOB_HERE))
    expect(asked).toEqual({ kind: 'ask', question: 'device', writes: [amend(entered, { consentAskedOf: 'bob' })] })
    commit(world, asked.writes)
    expect(step(choose(world, 'allow', BOB_HERE)).writes).toContainEqual(amend(waiting, { state: 'approved', authorization: 'fresh-name', sub: 'bob' }))
  })
  it('needs a session', () => expect(step(choose(enteredWorld(), 'allow', { ...ALICE_HERE, session: digest('none') }))).toEqual({ kind: 'ask', question: 'login', writes: [] }))
  it('in no visit of this kind', () => {
    expectRefusal(choose(worldOf([])), 'interaction_unknown')
    expectRefusal(choose(enteredWorld(), 'allow', ALICE_HERE, VISIT, NOW + 1_795), 'interaction_expired')
  })
})
