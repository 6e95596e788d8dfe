import { isPublished, keyNumberOf, type KeyRules, keyStateOf, orderKey, rotateKeys, type SigningAlgorithm, type SigningKeyRow } from '@latchkey/core'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { KeyRotation, Keys, ListedKey } from '../ports/keys.ts'
import type { Store } from '../ports/store.ts'
import type { KeyRing } from './key-ring.ts'
import { signingKeysIn } from './settle-keys.ts'

/** What an operator can do with the keys of a ring. */
export function rotationOf(ring: KeyRing, rules: KeyRules, clock: Clock): KeyRotation {
  const listed = (): readonly ListedKey[] => listOf(ring.rows(), clock())
  const list = async (): Promise<readonly ListedKey[]> => {
    await ring.refresh()
    return listed()
  }
  return {
    refresh: ring.refresh,
    list,
    async rotate(alg, { now = false } = {}) {
      if (alg !== undefined && !rules.algorithms.includes(alg)) throw new RangeError(`${alg} is none of ${rules.algorithms.join(', ')}`)
      // Which keys are meant is settled here, so that nodes that rotate together make one step and not one each.
      const meant = new Set((await list()).filter((key) => key.state === 'signing' && (alg === undefined || key.alg === alg)).map(({ kid }) => kid))
      await ring.settle((rows, at) => rotateKeys(rows, meant, now ? 'now' : 'announced', rules, at))
      return list()
    },
    async retire(kid, { compromised = false } = {}) {
      if (!(await list()).some((key) => key.kid === kid)) throw new RangeError(`there is no key ${kid}`)
      await ring.settle((rows, at) => orderKey(rows, kid, compromised ? 'compromise' : 'retire', rules, at))
      return list()
    },
  }
}

/** What an operator can do with the keys of a server, once it has them. */
export function keyRotation(keys: () => Promise<Keys>): KeyRotation {
  const rotation = async (): Promise<KeyRotation> => (await keys()).rotation ?? Promise.reject(new TypeError('these keys are kept elsewhere, and are rotated there'))
  return {
    list: async () => (await rotation()).list(),
    rotate: async (alg, options) => (await rotation()).rotate(alg, options),
    retire: async (kid, options) => (await rotation()).retire(kid, options),
    refresh: async () => (await rotation()).refresh(),
  }
}

/** The signing keys in a store as they stand, without changing or unlocking anything. */
export async function listKeys(store: Store, clock: Clock = systemClock): Promise<readonly ListedKey[]> {
  return listOf(await signingKeysIn(store), clock())
}

function listOf(rows: readonly SigningKeyRow[], now: number): readonly ListedKey[] {
  const byAge = rows.filter((row) => isPublished(row, now)).toSorted((one, other) => compare(one.alg, other.alg) || keyNumberOf(one) - keyNumberOf(other))
  return byAge.map((row) => {
    const { kid, alg, createdAt, signsAt, retiresAt, expiresAt } = row
    return { kid, alg, state: keyStateOf(row, now), createdAt, signsAt, ...(retiresAt === undefined ? {} : { retiresAt }), ...(expiresAt === undefined ? {} : { expiresAt }) }
  })
}

function compare(one: SigningAlgorithm, other: SigningAlgorithm): number {
  return one < other ? -1 : Number(one > other)
}
