import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amend, decideDevice, deviceCode, DEVICE_CODE, type DeviceState, digest, enterUserCode, isRefusal, parseUserCode, spellUserCode, userCodeFrom } from '../src/index.ts'
import { ALICE_HERE, APPROVED, dev, DEVICE_SECRET, deviceRow, deviceWorld, MALLORY_HERE, MALLORYS_VISIT, USER_CODE, VISIT } from './device-world.ts'
import { catalogue, commit, decide, form, NOW, rowIn, type World } from './world.ts'

const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'

describe('a user code', () => {
  it.each([
    ['wdjb-mjht', 'WDJBMJHT'],
    ['WDJB MJHT', 'WDJBMJHT'],
    ['WDJBMJHT', 'WDJBMJHT'],
    [' w-d j-b mj-ht ', 'WDJBMJHT'],
    ['ＷＤＪＢＭＪＨＴ', undefined],
    ['WDJB-MJH0', undefined],
    ['WDJB-MJHO', undefined],
    ['WDJB-MJHſ', undefined],
    ['WDJB-MJH', undefined],
    ['WDJB-MJHTT', undefined],
    [`${'-'.repeat(40)}WDJBMJHT`, undefined],
    ['', undefined],
  ])('D07 %j is read as %s', (text, code) => expect(parseUserCode(text)).toBe(code))

  it('D07 has no vowel, no digit and no look-alike', () => {
    expect([...'AEIOUY0123456789'].filter((character) => parseUserCode(`WDJBMJH${character}`) !== undefined)).toEqual([])
    expect([...ALPHABET].every((letter) => parseUserCode(`WDJBMJH${letter}`) !== undefined)).toBe(true)
  })
  it('is fair: of all bytes as many make each letter, and the rest are thrown away', () => {
    const drawn = Array.from({ length: 256 }, (_, byte) => userCodeFrom(new Uint8Array(8).fill(byte)))
    const counts = new Map([...ALPHABET].map((letter) => [letter, drawn.filter((code) => code === letter.repeat(8)).length]))
    expect([new Set(counts.values()), drawn.filter((code) => code === undefined).length]).toEqual([new Set([12]), 16])
  })
  it('is read back as it is shown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const code = userCodeFrom(bytes)
        fc.pre(code !== undefined)
        expect(spellUserCode(code)).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
        expect(parseUserCode(spellUserCode(code))).toBe(code)
        expect(parseUserCode(spellUserCode(code).toLowerCase())).toBe(code)
      }),
    )
  })
  it('any other text is no code', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => [undefined, text.toUpperCase().replaceAll(/[ -]/g, '')].includes(parseUserCode(text))))
  })
})

const KEY = digest(DEVICE_SECRET)
const stateIn = (world: World): DeviceState => rowIn(world, 'device_authorization', KEY)?.state ?? 'pending'

/** What can happen to a device authorization. */
const EVENTS = {
  'alice enters': enterUserCode(VISIT, ALICE_HERE, USER_CODE),
  'mallory enters': enterUserCode(MALLORYS_VISIT, MALLORY_HERE, USER_CODE),
  'alice allows': decideDevice(VISIT, ALICE_HERE, dev, 'allow'),
  'alice denies': decideDevice(VISIT, ALICE_HERE, dev, 'deny'),
  'mallory allows': decideDevice(MALLORYS_VISIT, MALLORY_HERE, dev, 'allow'),
  'mallory denies': decideDevice(MALLORYS_VISIT, MALLORY_HERE, dev, 'deny'),
  poll: deviceCode.begin(form({ grant_type: DEVICE_CODE, device_code: DEVICE_SECRET }), dev, catalogue),
} as const
type Event = keyof typeof EVENTS

const happenings = fc.record({
  from: fc.constantFrom<DeviceState>('pending', 'approved', 'denied', 'redeemed'),
  events: fc.array(fc.record({ event: fc.constantFrom(...(Object.keys(EVENTS) as Event[])), pause: fc.nat(200) }), { maxLength: 30 }),
})
type Happenings = typeof happenings extends fc.Arbitrary<infer T> ? T : never

/** Where a device authorization may go from where it stands. */
const FOLLOWS: Readonly<Record<DeviceState, readonly DeviceState[]>> = { pending: ['pending', 'approved', 'denied'], approved: ['approved', 'redeemed'], denied: ['denied'], redeemed: ['redeemed'] }

const law =
  (happen: (world: World, event: Event, now: number, count: number) => void) =>
  ({ from, events }: Happenings): void => {
    const world = deviceWorld(deviceRow(from === 'approved' || from === 'redeemed' ? { ...APPROVED, state: from } : { state: from }))
    let now = NOW
    for (const [count, { event, pause }] of events.entries()) {
      const before = stateIn(world)
      happen(world, event, (now += pause), count)
      expect(FOLLOWS[before]).toContain(stateIn(world))
    }
  }

const ours = (world: World, event: Event, now: number, count: number): void => {
  const begun = EVENTS[event]
  const decision = isRefusal(begun) ? begun : decide<{ readonly writes: Parameters<typeof commit>[1] }>(begun, world, { now, fresh: `fresh-${count}` })
  commit(world, decision.writes)
}
/** Takes the user's word without looking where the device stands. */
const careless: typeof ours = (world, event, now, count) => {
  const device = rowIn(world, 'device_authorization', KEY)
  if (device !== undefined && event === 'alice allows') commit(world, [amend(device, { state: 'approved' })])
  else ours(world, event, now, count)
}

describe('a device authorization', () => {
  it('no event leaves a final state', () => fc.assert(fc.property(happenings, law(ours)), { numRuns: 500 }))
  it('would, if the decision did not look where it stands', () => {
    expect(fc.check(fc.property(happenings, law(careless)), { numRuns: 500, seed: 1 }).failed).toBe(true)
  })
  it('can come to each state', () => {
    const reached = (...events: readonly Event[]): DeviceState => {
      const world = deviceWorld()
      for (const [count, event] of events.entries()) ours(world, event, NOW + count * 10, count)
      return stateIn(world)
    }
    expect([reached('alice enters', 'poll'), reached('alice enters', 'alice allows'), reached('poll', 'mallory enters', 'mallory denies'), reached('alice enters', 'alice allows', 'poll', 'poll')]).toEqual(['pending', 'approved', 'denied', 'redeemed'])
  })
})
