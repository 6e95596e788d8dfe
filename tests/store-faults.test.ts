import type { Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Issuer } from '../packages/server/test/issuer.ts'
import { isAlive } from '../packages/server/test/tokens.ts'
import { type FaultyStore, faultyStore } from './running/faulty-store.ts'
import { type Cluster, outcomeOf, type Redemption, refreshOf, REPEATABLE, SINGLE_USE, startCluster } from './running/redemptions.ts'

const REDEMPTIONS: Readonly<Record<string, Redemption>> = { ...SINGLE_USE, 'a refresh token, with grace': REPEATABLE }

let cluster: Cluster
let issuer: Issuer
let faulty: FaultyStore

beforeEach(async () => {
  faulty = faultyStore()
  cluster = await startCluster(faulty.store)
  issuer = cluster.nodes[0]
})
afterEach(async () => {
  await cluster.close()
  faulty.remove()
})

/** Redeems while the store fails: it is told as such and nothing is changed. Redeems again: there are tokens, and they are good. */
async function failThenSucceed(redemption: Redemption, request: () => Request, fail: () => void, heal: () => void): Promise<void> {
  const before = faulty.content()
  fail()
  const refused = await issuer.fetch(request())
  expect([refused.status, refused.headers.get('retry-after'), await outcomeOf(refused)]).toEqual([503, '2', '503 temporarily_unavailable'])
  expect(faulty.content()).toEqual(before)
  heal()
  const tokens = await outcomeOf(await issuer.fetch(request()))
  if (typeof tokens === 'string') throw new Error(`the second try was answered ${tokens}`)
  expect(await isAlive(issuer, tokens.access_token)).toBe(true)
  expect(typeof (await outcomeOf(await issuer.fetch(refreshOf(tokens, redemption))))).toBe('object')
}

/** The commits that an undisturbed redemption makes. */
async function commitsOf(redemption: Redemption): Promise<readonly (readonly Write[])[]> {
  const request = await redemption.obtain(issuer)
  faulty.commits.length = 0
  expect((await issuer.fetch(request())).status).toBe(200)
  return [...faulty.commits]
}

describe.each(Object.entries(REDEMPTIONS))('%s', (_, redemption) => {
  test('outlives the failure of each commit of its redemption', async () => {
    const count = (await commitsOf(redemption)).length
    expect(count).toBeGreaterThan(0)
    for (let nth = 0; nth < count; nth++) await failThenSucceed(redemption, await redemption.obtain(issuer), () => faulty.failAfter(nth), faulty.heal)
  })

  test('outlives the failure of each write of its redemption, and no other write of the same commit stays', async () => {
    const writes = (await commitsOf(redemption)).flat()
    expect(writes.length).toBeGreaterThan(0)
    for (const write of writes) await failThenSucceed(redemption, await redemption.obtain(issuer), () => faulty.failAt(write), faulty.heal)
  })
})

test('a redemption writes several rows at once, so that these tests could find half of them', async () => {
  for (const name of ['a code', 'a device code']) {
    const redemption = SINGLE_USE[name]
    expect((redemption === undefined ? [] : await commitsOf(redemption)).map(({ length }) => length > 1)).toEqual([true])
  }
})

test('would be noticed: a store that keeps half of a commit that fails', async () => {
  const redemption = SINGLE_USE['a code'] ?? REPEATABLE
  const inner = faulty.another()
  let halves = 0
  const half: Store = {
    ...inner,
    async commit(writes) {
      if (halves-- !== 1) return inner.commit(writes)
      await inner.commit(writes.slice(0, 1))
      throw new Error('the rest is lost')
    },
  }
  const careless = await startCluster(half)
  const request = await redemption.obtain(careless.nodes[0])
  halves = 1
  expect((await careless.nodes[0].fetch(request())).status).toBe(503)
  expect(await outcomeOf(await careless.nodes[0].fetch(request()))).toBe('400 invalid_grant')
  await careless.close()
})
