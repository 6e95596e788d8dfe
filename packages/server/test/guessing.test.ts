import { DEVICE_KNOWN, NETWORK_AT_ONCE, THROTTLE_RULES } from '@latchkey/core'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { networkOf } from '../src/throttle/network.ts'
import { conflictBlind } from './conflict-blind.ts'
import { LAPTOP, PHONE, type SignInIssuer, signInIssuer } from './guesser.ts'
import { START } from './issuer.ts'

const { limit } = THROTTLE_RULES.account
const times = (count: number) => Array.from({ length: count }, (_, at) => at)
const WRONG = times(limit).map(() => 'wrong')

async function exhaust(issuer: SignInIssuer): Promise<void> {
  for (const at of times(limit)) await issuer.guess({ address: `192.0.2.${at}` })
}

describe('V08 guessing at one account', () => {
  it('V08 sign_in_throttled: from as many addresses as one likes, ten guesses are looked at, then none', async () => {
    const issuer = signInIssuer()
    const outcomes: string[] = []
    for (const at of times(30)) outcomes.push(await issuer.guess({ address: `2001:db8:1:2::${at.toString(16)}` }))
    expect(outcomes).toEqual([...WRONG, ...times(20).map(() => 'wait 60')])
    expect(await issuer.guess({ password: 'sesame', address: '198.51.100.1' })).toBe('wait 60')
    expect([issuer.looked.length, new Set(issuer.refusals())]).toEqual([limit, new Set(['sign_in_throttled'])])
  })
  it('V08 each further guess costs a pause that doubles, and no pause is for good', async () => {
    const issuer = signInIssuer()
    await exhaust(issuer)
    for (const pause of [60, 120, 240, 480, 900, 900]) {
      expect(await issuer.guess()).toBe(`wait ${pause}`)
      issuer.pass(pause - 1)
      expect(await issuer.guess()).toBe('wait 1')
      issuer.pass(1)
      expect(await issuer.guess()).toBe('wrong')
    }
    issuer.pass(900)
    expect(await issuer.guess({ password: 'sesame' })).toBe('proven')
  })
  it('V08 what lies a day back is forgotten', async () => {
    const issuer = signInIssuer()
    for (let at = 1; at < limit; at++) await issuer.guess()
    issuer.pass(86_400)
    for (let at = 1; at < limit; at++) expect(await issuer.guess()).toBe('wrong')
    expect(await issuer.guess({ password: 'sesame' })).toBe('proven')
    for (let at = 1; at < limit; at++) expect(await issuer.guess()).toBe('wrong')
  })
  it('V08 the owner gets in from a device that is known for the account, and only from that', async () => {
    const issuer = signInIssuer()
    expect(await issuer.guess({ password: 'sesame', browser: LAPTOP })).toBe('proven')
    expect(await issuer.guess({ username: 'bob', password: 'sesame', browser: PHONE })).toBe('proven')
    await exhaust(issuer)
    expect(await issuer.guess({ password: 'sesame', browser: PHONE })).toBe('wait 60')
    expect(await issuer.guess({ password: 'sesame' })).toBe('wait 60')
    for (let at = 0; at < 3; at++) expect(await issuer.guess({ password: 'sesame', browser: LAPTOP })).toBe('proven')
    expect(await issuer.guess()).toBe('wait 60')
  })
  it('V08 a known device has guesses of its own, and is known for 90 days from its last sign-in', async () => {
    const issuer = signInIssuer()
    await issuer.guess({ password: 'sesame', browser: LAPTOP })
    issuer.pass(DEVICE_KNOWN - 1)
    await issuer.guess({ password: 'sesame', browser: LAPTOP })
    issuer.pass(DEVICE_KNOWN - 1)
    await exhaust(issuer)
    const outcomes: string[] = []
    for (let at = 0; at <= limit; at++) outcomes.push(await issuer.guess({ browser: LAPTOP }))
    expect(outcomes).toEqual([...WRONG, 'wait 60'])
    issuer.pass(1)
    expect(await issuer.guess({ password: 'sesame', browser: LAPTOP })).toBe('wait 59')
    issuer.pass(59)
    expect(await issuer.guess({ browser: LAPTOP })).toBe('wrong')
    expect(await issuer.guess({ browser: LAPTOP })).toBe('wait 120')
  })
})

describe('V08 guessing from one network', () => {
  it.each([
    ['one address', () => '192.0.2.7', '192.0.2.8'],
    ['one /64', (at: number) => `2001:db8:1:2:${at.toString(16)}::1`, '2001:db8:1:3::1'],
  ])('V08 from %s over many accounts, while others go on', async (_, addressOf, another) => {
    const issuer = signInIssuer()
    for (const at of times(400)) await issuer.guess({ username: `user ${at}`, address: addressOf(at) })
    expect(issuer.looked).toHaveLength(THROTTLE_RULES.network.limit)
    expect(await issuer.guess({ password: 'sesame', address: addressOf(1) })).toBe('wait 30')
    expect(await issuer.guess({ password: 'sesame', address: another })).toBe('proven')
  })
  it('V08 and when they come all at once from one address, hardly more are looked at', async () => {
    const issuer = signInIssuer()
    await Promise.all(times(500).map((at) => issuer.guess({ username: `user ${at}`, address: '192.0.2.7' })))
    expect(issuer.looked.length).toBeLessThanOrEqual(THROTTLE_RULES.network.limit + NETWORK_AT_ONCE)
  })
  it('V08 who gets in gives the network nothing back but their own attempt', async () => {
    const issuer = signInIssuer()
    const address = '192.0.2.7'
    for (const at of times(600)) await issuer.guess(at % 2 === 0 ? { username: `user ${at}`, address } : { password: 'sesame', address })
    expect(issuer.looked.filter((username) => username !== 'alice')).toHaveLength(THROTTLE_RULES.network.limit)
    expect(await issuer.guess({ password: 'sesame', address })).toMatch(/^wait/)
  })
  it.each([
    ['V12 200 users', (at: number) => `user ${at}`],
    ['V14 one user 200 times', () => 'alice'],
  ])('%s at the same instant through one node from one address all get in, again and again', async (_, usernameOf) => {
    const issuer = signInIssuer()
    for (let round = 0; round < 3; round++) {
      const outcomes = await Promise.all(times(200).map((at) => issuer.guess({ username: usernameOf(at), password: 'sesame', address: '192.0.2.7', browser: `${round}-${at}`.padEnd(43, '_') })))
      expect(outcomes).toEqual(times(200).map(() => 'proven'))
    }
    expect(issuer.count('failures')).toBe(0)
  })
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', undefined],
    ['2001:db8', undefined],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('V09 what guessing tells', () => {
  it('V09 names that do not exist are counted like those that do, under any spelling', async () => {
    const of = async (spellings: readonly string[]) => {
      const issuer = signInIssuer()
      const outcomes: string[] = []
      for (const at of times(limit + 3)) outcomes.push(await issuer.guess({ username: spellings[at % spellings.length] ?? '', address: '192.0.2.7', browser: LAPTOP }))
      return { outcomes, looked: issuer.looked.length, rows: issuer.stored('key').replaceAll(/[A-Za-z0-9_-]{43}/g, '…') }
    }
    const known = await of(['alice', 'ALICE', 'ａｌｉｃｅ'])
    expect(known).toEqual(await of(['nobody', 'NOBODY', 'ｎｏｂｏｄｙ']))
    expect(known.outcomes).toEqual([...WRONG, 'wait 60', 'wait 60', 'wait 60'])
  })
  it('V09 what was typed can not be found out from the store', async () => {
    const issuer = signInIssuer()
    const typed = 'my password, in the wrong field'
    for (let at = 0; at <= limit; at++) await issuer.guess({ username: typed, password: 'a secret', browser: LAPTOP })
    for (const secret of [typed, 'a secret', LAPTOP]) expect(issuer.stored() + JSON.stringify(issuer.events)).not.toContain(secret)
  })
})

describe('V08 guesses that come all at once', () => {
  /** 50 guesses at one account through five nodes on one store, and how many of them were looked at. */
  async function racing(store = memoryStore()): Promise<{ looked: number; outcomes: readonly string[] }> {
    const nodes = times(5).map(() => signInIssuer(store, () => START))
    await nodes[0]?.ready()
    await Promise.all(nodes.map((node) => node.ready()))
    const outcomes = await Promise.all(times(50).map((at) => nodes[at % 5]?.guess({ address: `192.0.2.${at}` }) ?? ''))
    return { looked: nodes.reduce((sum, node) => sum + node.looked.length, 0), outcomes }
  }

  it('V08 exactly as many as the limit says are looked at', async () => {
    for (let round = 0; round < 20; round++) {
      const { looked, outcomes } = await racing()
      expect([looked, outcomes.filter((outcome) => outcome === 'wrong').length, outcomes.filter((outcome) => outcome === 'wait 60').length]).toEqual([limit, limit, 40])
    }
  })
  it('V08 would be noticed: with a store without conflicts more are', async () => {
    for (let round = 0; round < 20; round++) expect((await racing(conflictBlind())).looked).toBeGreaterThan(limit)
  })
  it('V08 a password that nobody could look at counts for nothing', async () => {
    const issuer = signInIssuer()
    const attempt = issuer.page('login', async (exchange) => {
      await issuer.attempts.prove(exchange, 'alice', () => Promise.reject(new Error('too many wait')))
      return new Response()
    })
    for (let at = 0; at <= limit; at++) expect((await attempt(new Request('https://as.example/login'), { address: '192.0.2.7' })).status).toBe(500)
    expect(issuer.count('failures')).toBe(0)
    expect(await issuer.guess({ address: '192.0.2.7' })).toBe('wrong')
  })
})
