import type { Instant } from '@latchkey/core'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, test } from 'vitest'
import { asking, browserFor, codeOf } from '../packages/server/test/browser.ts'
import { askedBy, DEVICE_CLIENTS, deviceIssuer, polled } from '../packages/server/test/devices.ts'
import { CLIENTS, type Issuer, START } from '../packages/server/test/issuer.ts'
import { pushed, pushedUrl } from '../packages/server/test/requests.ts'
import { isAlive, redeeming, refreshing, signedIn, tokenRequest } from '../packages/server/test/tokens.ts'
import { bringingAssertion, SIGNING_CLIENT } from './running/assertions.ts'
import { outcomeOf } from './running/redemptions.ts'

const HOUR = 3_600

/** Two servers on one store, each with a clock of its own that differs from the true time by so many seconds. */
function twoClocks(offsets: readonly [number, number]) {
  const store = memoryStore()
  let time: Instant = START
  const server = (offset: number): Issuer => deviceIssuer({ store, clock: () => time + offset, clients: [...CLIENTS, ...DEVICE_CLIENTS, SIGNING_CLIENT] })
  return { store, nodes: [server(offsets[0]), server(offsets[1])] as const, pass: (seconds: number) => void (time += seconds), now: () => time }
}

describe.each([90, -90])('S09 a server whose clock is off by %d s', (offset) => {
  test('takes the tokens of the other, and the other takes its own', async () => {
    const [a, b] = twoClocks([0, offset]).nodes
    for (const [one, other] of [[a, b], [b, a]] as const) {
      const tokens = await signedIn(one)
      expect([await isAlive(one, tokens.access_token), await isAlive(other, tokens.access_token)]).toEqual([true, true])
      const next = await outcomeOf(await other.fetch(tokenRequest(refreshing(tokens.refresh_token))))
      if (typeof next === 'string') throw new Error(next)
      expect(await isAlive(one, next.access_token)).toBe(true)
    }
  })

  test('gives no second use of a code, an assertion or a refresh token', async () => {
    const [a, b] = twoClocks([0, offset]).nodes
    const code = tokenRequest(redeeming(await codeOf(browserFor(a))))
    expect(typeof (await outcomeOf(await a.fetch(code.clone() as Request)))).toBe('object')
    expect(await outcomeOf(await b.fetch(code))).toBe('400 invalid_grant')
    const assertion = await bringingAssertion()
    expect(typeof (await outcomeOf(await a.fetch(assertion())))).toBe('object')
    expect(await outcomeOf(await b.fetch(assertion()))).toBe('401 invalid_client')
    const { refresh_token } = await signedIn(a, { client_id: 'strict' })
    const refresh = () => tokenRequest(refreshing(refresh_token, { client_id: 'strict' }))
    expect(typeof (await outcomeOf(await b.fetch(refresh())))).toBe('object')
    expect(await outcomeOf(await a.fetch(refresh()))).toBe('400 invalid_grant')
  })
})

test('S09 an assertion stays used when a server whose clock is ahead removes expired rows', async () => {
  const { nodes: [a], store, pass, now } = twoClocks([0, 90])
  const assertion = await bringingAssertion()
  expect((await a.fetch(assertion())).status).toBe(200)
  pass(50)
  await store.sweep(now() + 90, 1_000)
  expect((await a.fetch(assertion())).status).toBe(401)
})

describe('S09 all clocks step back by an hour', () => {
  test('what was used stays used', async () => {
    const { nodes: [a, b], pass } = twoClocks([0, 0])
    const code = tokenRequest(redeeming(await codeOf(browserFor(a))))
    const assertion = await bringingAssertion()
    const { refresh_token, access_token } = await signedIn(a, { client_id: 'strict' })
    const refresh = tokenRequest(refreshing(refresh_token, { client_id: 'strict' }))
    for (const request of [code, assertion(), refresh]) expect(typeof (await outcomeOf(await a.fetch(request.clone() as Request)))).toBe('object')
    pass(-HOUR)
    expect(await outcomeOf(await b.fetch(code))).toBe('400 invalid_grant')
    expect(await outcomeOf(await b.fetch(refresh))).toBe('400 invalid_grant')
    expect((await b.fetch(assertion())).status).toBe(401)
    expect(await isAlive(b, access_token)).toBe(false)
  })

  test('what has expired and was removed stays gone', async () => {
    const { nodes: [a, b], pass, store, now } = twoClocks([0, 0])
    const code = await codeOf(browserFor(a))
    const { device_code } = await askedBy(a)
    pass(HOUR)
    await store.sweep(now(), 1_000)
    pass(-HOUR)
    expect(await outcomeOf(await b.fetch(tokenRequest(redeeming(code))))).toBe('400 invalid_grant')
    expect(await polled(b, device_code)).toMatch(/^400 (invalid_grant|expired_token)$/)
  })

  test('an assertion that was used stays used, also when expired rows were removed', async () => {
    const { nodes: [a, b], pass, store, now } = twoClocks([0, 0])
    const assertion = await bringingAssertion()
    expect((await a.fetch(assertion())).status).toBe(200)
    pass(HOUR)
    await store.sweep(now(), 1_000)
    pass(-HOUR)
    expect((await b.fetch(assertion())).status).toBe(401)
  })

  // That is as far as it goes, and it shows that these tests would notice what comes back.
  test('what has expired unused and was not removed yet has its time again', async () => {
    const { nodes: [a, b], pass } = twoClocks([0, 0])
    const code = tokenRequest(redeeming(await codeOf(browserFor(a))))
    const request_uri = await pushed(a, asking())
    pass(HOUR)
    expect((await browserFor(a).send(pushedUrl(request_uri))).status).toBe(400)
    expect(await outcomeOf(await a.fetch(code.clone() as Request))).toBe('400 invalid_grant')
    pass(-HOUR)
    expect(typeof (await outcomeOf(await b.fetch(code)))).toBe('object')
    expect((await browserFor(b).send(pushedUrl(request_uri))).status).toBe(303)
  })
})
