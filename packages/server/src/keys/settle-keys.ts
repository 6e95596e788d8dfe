import { among, type KeyStep, type KeyRules, type SigningAlgorithm, signingKeysAmong, type SigningKeyRow } from '@latchkey/core'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import { StoreUnavailable } from '../reached.ts'
import { type DrawnKey, drawKey, keeping } from './key-pair.ts'
import { type KeyReading, readingOf } from './key-reading.ts'
import type { Vault } from './vault.ts'

/** Where keys are kept, and by which rules. */
export interface KeptKeys {
  readonly store: Store
  readonly vault: Vault
  readonly rules: KeyRules
  readonly clock: Clock
}

const ROUNDS = 20

/**
 * The loop under every change to the keys: gather, decide, draw, commit, until nothing is left to do. Answers the keys as they then are. A step
 * that was taken must find nothing left to do. Rejects before anything changes when a key can not be read.
 */
export async function settleKeys({ store, vault, rules, clock }: KeptKeys, before: KeyReading, step: (rows: readonly SigningKeyRow[], now: number) => KeyStep): Promise<KeyReading> {
  // A key that lost a race was never used: it is good for the next round.
  const drawn = new Map<SigningAlgorithm, DrawnKey>()
  for (let round = 1; round <= ROUNDS; round++) {
    const rows = await signingKeysIn(store)
    const reading = await readingOf(rows, before, rules.algorithms, vault)
    const { make, writes } = step(rows, clock())
    if (make.length === 0 && writes.length === 0) return reading
    for (const { alg } of make) drawn.set(alg, drawn.get(alg) ?? (await drawKey(alg, vault)))
    const inserts = make.flatMap((plan) => {
      const key = drawn.get(plan.alg)
      return key === undefined ? [] : [keeping(plan, key, clock)]
    })
    if ((await store.commit([...writes, ...inserts])) === 'committed') drawn.clear()
  }
  throw new StoreUnavailable(`the keys are still contended after ${ROUNDS} rounds`)
}

/** The signing keys in a store. */
export async function signingKeysIn(store: Store): Promise<readonly SigningKeyRow[]> {
  return signingKeysAmong((await store.gather({ keys: among('key', 'use', 'sig') })).keys)
}
