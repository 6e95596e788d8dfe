import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amend, isPublished, keepKeys, KEY_LIFE, type KeyOrder, keyScheduleFindings, type KeyState, keyStateOf, type KeyStep, longestTokenLifetime, orderKey, publishedFor, remove, rotateKeys, signingKeyOf, type SigningKeyRow } from '../src/index.ts'
import { after, EACH, ES256_ONLY, keyRow, RULES, standing } from './key-world.ts'
import { NOW, spa, web } from './world.ts'

const DAY = 86_400
const DUE = NOW + 76 * DAY
const NOTHING = { make: [], writes: [] }
const ALL = Object.values(EACH)

describe('the life of a signing key', () => {
  it('KEYS-4 is this table', () => {
    expect(KEY_LIFE).toEqual({
      announced: { published: true, signs: false, until: 'signsAt', next: 'signing', orders: { retire: 'deleted', compromise: 'deleted' } },
      signing: { published: true, signs: true, until: 'retiresAt', next: 'retired', orders: { retire: 'retired', compromise: 'deleted' } },
      retired: { published: true, signs: false, until: 'expiresAt', next: 'deleted', orders: { compromise: 'deleted' } },
      deleted: { published: false, signs: false, orders: {} },
    })
  })
  it.each(Object.entries(EACH) as [KeyState, SigningKeyRow][])('a key that is %s is known by its times alone', (state, row) => {
    expect(keyStateOf(row, NOW)).toBe(state)
    expect(isPublished(row, NOW)).toBe(state !== 'deleted')
    expect(signingKeyOf('ES256', [row], NOW)).toBe(state === 'signing' ? row : undefined)
  })
  it.each([
    [-1, 'announced'],
    [0, 'signing'],
    [99, 'signing'],
    [100, 'retired'],
    [199, 'retired'],
    [200, 'deleted'],
  ] as const)('at second %i it is %s', (second, state) => {
    expect(keyStateOf({ signsAt: NOW, retiresAt: NOW + 100, expiresAt: NOW + 200 }, NOW + second)).toBe(state)
  })
})

describe('what is due', () => {
  it('KEYS-5 first a key for each algorithm, which signs at once', () => {
    expect(keepKeys([], RULES, NOW)).toEqual({ make: [{ key: 'sig/ES256/1', alg: 'ES256', signsAt: NOW }, { key: 'sig/RS256/1', alg: 'RS256', signsAt: NOW }], writes: [] })
  })
  it('then nothing, until a successor has to be announced', () => {
    expect(keepKeys([keyRow(1)], ES256_ONLY, DUE - 1)).toEqual(NOTHING)
    const row = keyRow(1)
    expect(keepKeys([row], ES256_ONLY, DUE)).toEqual({
      make: [{ key: 'sig/ES256/2', alg: 'ES256', signsAt: NOW + 90 * DAY }],
      writes: [amend(row, { retiresAt: NOW + 90 * DAY, expiresAt: NOW + 97 * DAY })],
    })
  })
  it('nothing more is due while it is announced, nor on the day it takes over', () => {
    const rows = after([keyRow(1)], keepKeys([keyRow(1)], ES256_ONLY, DUE))
    for (const now of [DUE, DUE + DAY, NOW + 90 * DAY, NOW + 97 * DAY - 1]) expect(keepKeys(rows, ES256_ONLY, now)).toEqual(NOTHING)
    expect([standing(rows, NOW + 90 * DAY - 1), standing(rows, NOW + 90 * DAY)]).toEqual([['ES256/1 signing', 'ES256/2 announced'], ['ES256/1 retired', 'ES256/2 signing']])
  })
  it('W03 after a long rest the old key signs on until its successor has been announced for long enough', () => {
    const now = NOW + 400 * DAY
    const rows = after([keyRow(1)], keepKeys([keyRow(1)], ES256_ONLY, now))
    expect(signingKeyOf('ES256', rows, now + 14 * DAY - 1)?.key).toBe('sig/ES256/1')
    expect(signingKeyOf('ES256', rows, now + 14 * DAY)?.key).toBe('sig/ES256/2')
  })
  it('a key whose time is over is removed', () => {
    expect(keepKeys(ALL, ES256_ONLY, NOW)).toEqual({ make: [], writes: [remove(EACH.deleted)] })
  })
  it('an algorithm that is new gets its first key beside the others', () => {
    expect(keepKeys([keyRow(1)], RULES, NOW).make).toEqual([{ key: 'sig/RS256/1', alg: 'RS256', signsAt: NOW }])
  })
  it('an algorithm that was given up keeps its key until it would have been rotated, and gets no other', () => {
    const row = keyRow(1, {}, 'RS256')
    expect(keepKeys([keyRow(9), row], ES256_ONLY, NOW)).toEqual(NOTHING)
    expect(keepKeys([keyRow(9, { signsAt: DUE }), row], ES256_ONLY, DUE)).toEqual({ make: [], writes: [amend(row, { retiresAt: DUE, expiresAt: DUE + 7 * DAY })] })
  })
  it('where nothing signs, what is announced signs at once', () => {
    expect(keepKeys([EACH.announced], ES256_ONLY, NOW)).toEqual({ make: [], writes: [amend(EACH.announced, { signsAt: NOW })] })
  })
  it('numbers go on beyond nine', () => {
    expect(keepKeys([keyRow(10, { retiresAt: NOW + 9, expiresAt: NOW + 99 }), keyRow(9, { retiresAt: NOW + 9, expiresAt: NOW + 99 })], ES256_ONLY, NOW + 50).make).toMatchObject([{ key: 'sig/ES256/11' }])
  })
})

describe('rotation by hand', () => {
  const row = keyRow(1)
  const meant = new Set(['ES256-1'])
  it('announces a successor, once', () => {
    const step = rotateKeys([row], meant, 'announced', RULES, NOW)
    expect(step).toEqual({ make: [{ key: 'sig/ES256/2', alg: 'ES256', signsAt: NOW + 14 * DAY }], writes: [amend(row, { retiresAt: NOW + 14 * DAY, expiresAt: NOW + 21 * DAY })] })
    expect(rotateKeys(after([row], step), meant, 'announced', RULES, NOW)).toEqual(NOTHING)
  })
  it('W04 or lets it sign at once, once', () => {
    const step = rotateKeys([row], meant, 'now', RULES, NOW)
    expect(step).toEqual({ make: [{ key: 'sig/ES256/2', alg: 'ES256', signsAt: NOW }], writes: [amend(row, { retiresAt: NOW, expiresAt: NOW + 7 * DAY })] })
    expect(rotateKeys(after([row], step), meant, 'now', RULES, NOW)).toEqual(NOTHING)
  })
  it('takes the one that is announced already', () => {
    const rows = rotateKeys(ALL, new Set(['ES256-3']), 'now', RULES, NOW)
    expect(rows).toEqual({ make: [], writes: [amend(EACH.signing, { retiresAt: NOW, expiresAt: NOW + 7 * DAY }), amend(EACH.announced, { signsAt: NOW })] })
  })
  it('changes nothing for keys of other algorithms, or of none', () => {
    expect(rotateKeys([row, keyRow(1, {}, 'RS256')], meant, 'now', RULES, NOW).make).toHaveLength(1)
    expect(rotateKeys([row], new Set(['nosuch']), 'now', RULES, NOW)).toEqual(NOTHING)
  })
})

describe('an order about one key', () => {
  const orders: readonly KeyOrder[] = ['retire', 'compromise']
  const cases = orders.flatMap((order) => (Object.keys(EACH) as KeyState[]).map((state) => [order, state] as const))
  it.each(cases)('%s: one that is %s goes where the table says, and the algorithm goes on signing', (order, state) => {
    const row = EACH[state]
    const target: KeyState = (KEY_LIFE[state].orders as Partial<Record<KeyOrder, KeyState>>)[order] ?? state
    const step = orderKey(ALL, row.kid, order, RULES, NOW)
    const rows = after(ALL, step)
    const left = rows.find(({ key }) => key === row.key)
    expect(left === undefined ? 'deleted' : keyStateOf(left, NOW)).toBe(target)
    expect(signingKeyOf('ES256', rows, NOW)).toBeDefined()
    expect(rows.filter((each) => keyStateOf(each, NOW) === 'signing')).toHaveLength(1)
    expect(orderKey(rows, row.kid, order, RULES, NOW)).toEqual(NOTHING)
  })
  it('a key that signs alone is succeeded by a new one', () => {
    const rows = after([keyRow(1)], orderKey([keyRow(1)], 'ES256-1', 'compromise', RULES, NOW))
    expect(standing(rows, NOW)).toEqual(['ES256/2 signing'])
  })
  it('after the end of an announced key the one before signs on until it is due again', () => {
    const rows = after([EACH.signing, EACH.announced], orderKey([EACH.signing, EACH.announced], 'ES256-4', 'retire', RULES, NOW))
    expect(rows.map(({ key, retiresAt, expiresAt }) => [key, retiresAt, expiresAt])).toEqual([['sig/ES256/3', undefined, undefined]])
    expect(keepKeys(rows, ES256_ONLY, NOW)).toEqual(NOTHING)
  })
  it('about a key that is not there changes nothing', () => expect(orderKey(ALL, 'nosuch', 'compromise', RULES, NOW)).toEqual(NOTHING))
})

type Happening = { readonly pause: number; readonly act: 'keep' | 'announce' | 'now' | KeyOrder; readonly at: number }
const happenings = fc.array(fc.record<Happening>({ pause: fc.nat(20 * DAY), act: fc.constantFrom('keep', 'keep', 'keep', 'announce', 'now', 'retire', 'compromise'), at: fc.nat(5) }), { maxLength: 40, size: 'max' })
const kept = (rows: readonly SigningKeyRow[], now: number): KeyStep => keepKeys(rows, ES256_ONLY, now)

function done(rows: readonly SigningKeyRow[], { act, at }: Happening, now: number): KeyStep {
  const kids = rows.map(({ kid }) => kid)
  if (act === 'keep') return NOTHING
  if (act === 'announce' || act === 'now') return rotateKeys(rows, new Set(kids), act === 'now' ? 'now' : 'announced', RULES, now)
  return orderKey(rows, kids[at % kids.length] ?? '', act, RULES, now)
}

const ORDER: readonly KeyState[] = ['announced', 'signing', 'retired', 'deleted']
const oneSigns = (keep: typeof kept) => (events: readonly Happening[]): void => {
  let now = NOW
  let rows = after([], keep([], now))
  const reached = new Map<string, number>()
  for (const event of events) {
    now += event.pause
    rows = after(rows, keep(rows, now))
    rows = after(rows, done(rows, event, now))
    rows = after(rows, keep(rows, now))
    expect(keep(rows, now)).toEqual(NOTHING)
    expect(rows.filter((row) => keyStateOf(row, now) === 'signing')).toHaveLength(1)
    expect(rows.filter((row) => keyStateOf(row, now) === 'announced').length).toBeLessThanOrEqual(1)
    for (const row of rows) {
      const at = ORDER.indexOf(keyStateOf(row, now))
      expect(at).toBeGreaterThanOrEqual(reached.get(`${row.key} ${row.signsAt}`) ?? 0)
      reached.set(`${row.key} ${row.signsAt}`, at)
    }
  }
}
/** Every moment at which a key signs lies long enough after its making and before its end; the first key has nobody to be told to. */
const inTime = (keep: typeof kept) => (pauses: readonly number[]): void => {
  const made = new Map<string, number>()
  const last = new Map<string, number>()
  let now = NOW
  let rows: readonly SigningKeyRow[] = []
  for (const pause of [0, ...pauses]) {
    const step = keep(rows, (now += pause))
    for (const { key } of step.make) made.set(key, now)
    for (const write of step.writes) if (write.write === 'remove') expect(now - (last.get(write.key) ?? now)).toBeGreaterThanOrEqual(7 * DAY)
    rows = after(rows, step)
    const signing = signingKeyOf('ES256', rows, now)
    if (signing === undefined) throw new Error('no key signs')
    if (signing.key !== 'sig/ES256/1') expect(now - (made.get(signing.key) ?? now)).toBeGreaterThanOrEqual(14 * DAY)
    last.set(signing.key, now)
  }
}
/** Forgets that verifiers have to learn of a key first. */
const hasty: typeof kept = (rows, now) => {
  const { make, writes } = kept(rows, now)
  return { make: make.map((plan) => ({ ...plan, signsAt: now })), writes }
}
/** Makes a successor without telling the key before. */
const apart: typeof kept = (rows, now) => {
  const { make, writes } = kept(rows, now)
  return { make, writes: writes.filter(({ write }) => write === 'remove') }
}
const pauses = fc.array(fc.nat(40 * DAY), { maxLength: 80, size: 'max' })

describe('laws of keys', () => {
  it('W04 whatever happens, one key signs, at most one is announced, and none goes back', () => fc.assert(fc.property(happenings, oneSigns(kept)), { numRuns: 300 }))
  it('W04 would not hold, if a successor came without the end of the key before', () => {
    expect(fc.check(fc.property(happenings, oneSigns(apart)), { numRuns: 300, seed: 1, endOnFailure: true }).failed).toBe(true)
  })
  it('W03 no key signs before it was announced for long enough, or is removed before what it signed has expired', () => fc.assert(fc.property(pauses, inTime(kept)), { numRuns: 300 }))
  it('W03 would not hold, if successors signed at once', () => {
    expect(fc.check(fc.property(pauses, inTime(hasty)), { numRuns: 300, seed: 1, endOnFailure: true }).failed).toBe(true)
  })
})

describe('a schedule', () => {
  const fit = { rotateAfter: 600, announceFor: 120, retireAfter: 3_660 }
  const paths = (changes: object, longest = 3_600) => keyScheduleFindings({ ...fit, ...changes }, longest, 'keys').map(({ path }) => path)
  it.each([
    ['nothing', {}, []],
    ['an announcement as long as the rotation', { announceFor: 600 }, ['keys.announceFor']],
    ['an announcement that nobody hears', { announceFor: 119 }, ['keys.announceFor']],
    ['keys that end before what they signed', { retireAfter: 3_659 }, ['keys.retireAfter']],
    ['no time at all', { rotateAfter: 0, announceFor: 0, retireAfter: -1 }, ['keys.rotateAfter', 'keys.announceFor', 'keys.retireAfter']],
    ['half seconds', { rotateAfter: 600.5 }, ['keys.rotateAfter']],
    ['no numbers', { retireAfter: Number.NaN }, ['keys.retireAfter']],
  ])('%s is found', (_, changes, expected) => expect(paths(changes)).toEqual(expected))
  it('is held against the longest lifetime of any client', () => {
    const long = { ...web, policy: { ...web.policy, accessTokenLifetime: 7_200 } }
    expect([longestTokenLifetime([]), longestTokenLifetime([spa, long])]).toEqual([0, 7_200])
    expect(paths({}, longestTokenLifetime([spa, long]))).toEqual(['keys.retireAfter'])
  })
  it.each([[1_209_600, 300], [600, 300], [120, 60]])('W03 announced for %i seconds, what is published may be kept for %i', (announceFor, kept_) => {
    expect(publishedFor({ ...fit, announceFor })).toBe(kept_)
  })
})
