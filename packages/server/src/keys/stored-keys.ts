import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeBase64url, DEFAULT_KEY_SCHEDULE, encodeBase64url, find, insert, type KeySchedule, publishedFor, type SigningAlgorithm } from '@latchkey/core'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { KeyRotation, Keys } from '../ports/keys.ts'
import { drawSecret, type Random, systemRandom } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { keyRing } from './key-ring.ts'
import { rotationOf } from './key-rotation.ts'
import { verifyOwn } from './own-signature.ts'
import { type Vault, VaultError, vaultOf } from './vault.ts'

/** How keys are kept. */
export interface StoredKeysOptions {
  /** Encrypts the keys at rest: a secret text of at least 32 characters. */
  readonly encryptionKey: string
  readonly algorithms?: readonly SigningAlgorithm[]
  /** How long keys are announced, sign and stay published; 14, 90 and 14 days unless told. */
  readonly rotation?: Partial<KeySchedule>
  readonly clock?: Clock
  readonly random?: Random
}

/** Keys that live in the store, and what an operator can do with them. */
export interface StoredKeys extends Keys {
  readonly rotation: KeyRotation
}

/** In bytes. */
const SECRET_KEY = 32

/** Which algorithms a server signs with unless it is told: ES256 for access tokens, RS256 because every client knows it. */
export const DEFAULT_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256']

/**
 * Keys that live in the store, encrypted. Those that are missing are generated at first start, and successors when they are due; nodes agree
 * on the first to be stored. Rejects with `VaultError` rather than replace a key that it can not read.
 */
export async function storedKeys(store: Store, options: StoredKeysOptions): Promise<StoredKeys> {
  const { algorithms = DEFAULT_ALGORITHMS, clock = systemClock, random = systemRandom } = options
  const schedule = { ...DEFAULT_KEY_SCHEDULE, ...options.rotation }
  const vault = vaultOf(options.encryptionKey)
  const secretKey = async (name: string) => {
    const key = decodeBase64url(await keptSecret(name, () => drawSecret(random), store, vault, clock))
    if (key?.length !== SECRET_KEY) throw new VaultError(`the key ${name} in the store is damaged`)
    return key
  }
  const sealing = await secretKey('seal/1')
  const deriving = await secretKey('derive/1')
  const rules = { algorithms, schedule }
  const ring = keyRing({ store, vault, rules, clock })
  await ring.refresh()
  return {
    algorithms,
    publishedFor: publishedFor(schedule),
    rotation: rotationOf(ring, rules, clock),
    sign(alg, typ, claims) {
      const pair = ring.signing(alg)
      if (pair === undefined) throw new Error(`no key for ${alg}`)
      return pair.sign(typ, claims)
    },
    verify: (jwt, typ) => verifyOwn(jwt, typ, ring.named),
    seal: (text) => encodeBase64url(hmac(sha256, sealing, utf8ToBytes(text))),
    published: ring.published,
    derive: (text) => encodeBase64url(hmac(sha256, deriving, utf8ToBytes(text))),
  }
}

async function keptSecret(name: string, make: () => string, store: Store, vault: Vault, clock: Clock): Promise<string> {
  const { row } = await store.gather({ row: find('key', name) })
  if (row !== undefined) return vault.unlock(row.sealed)
  const made = make()
  const outcome = await store.commit([insert('key', name, { use: 'seal', sealed: await vault.lock(made), createdAt: clock() })])
  return outcome === 'committed' ? made : keptSecret(name, make, store, vault, clock)
}
