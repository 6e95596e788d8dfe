import type { KeySchedule } from '@latchkey/core'
import { type Store, storedKeys, type StoredKeys } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { ENCRYPTION_KEY, START } from './issuer.ts'

/** Several servers on one store, each with keys of its own reading, and one clock. */
export interface Nodes {
  readonly store: Store
  readonly nodes: readonly StoredKeys[]
  now(): number
  pass(seconds: number): void
  /** One more server on the same store. */
  join(): Promise<StoredKeys>
}

/** The shortest lives that keys may have, beside tokens of an hour. */
export const SHORT: KeySchedule = { rotateAfter: 180, announceFor: 120, retireAfter: 3_660 }

/** A store that is further away, so that others commit between a gather and its commit. */
function slower(store: Store): Store {
  return {
    ...store,
    async commit(writes) {
      await new Promise((resolve) => setTimeout(resolve, 3))
      return store.commit(writes)
    },
  }
}

/** So many servers that started together, all but one of them further away from the store. */
export async function nodesOn(count: number, { store = memoryStore(), rotation = SHORT }: { store?: Store; rotation?: KeySchedule } = {}): Promise<Nodes> {
  let now = START
  let joined = 0
  const join = () => storedKeys(joined++ === 0 ? store : slower(store), { encryptionKey: ENCRYPTION_KEY, algorithms: ['ES256'], rotation, clock: () => now })
  const nodes = await Promise.all(Array.from({ length: count }, join))
  return { store, nodes, now: () => now, pass: (seconds) => void (now += seconds), join }
}

/** Verifies tokens as an API does: with a key set that it keeps for as long as it may, and one more look for a key that it does not know. */
export interface KeepingVerifier {
  /** Whether the signature is good by what the verifier holds. */
  accepts(jwt: string): Promise<boolean>
}

/** A verifier that asks the nodes by turns, and keeps what it was told for this long. It never looks for a key out of turn. */
export function keepingVerifier({ nodes, now }: Nodes, seconds: number): KeepingVerifier {
  let kept: { until: number; keys: JSONWebKeySet } | undefined
  let turn = 0
  return {
    async accepts(jwt) {
      if (kept === undefined || kept.until <= now()) {
        const asked = nodes[turn++ % nodes.length]
        kept = { until: now() + seconds, keys: { keys: (await asked?.published()) ?? [] } as JSONWebKeySet }
      }
      const outcome = await jwtVerify(jwt, createLocalJWKSet(kept.keys), { currentDate: new Date(now() * 1_000) }).catch(() => undefined)
      return outcome !== undefined
    },
  }
}

/** The name of the key that signed. */
export function kidOf(jwt: string): string {
  return decodeProtectedHeader(jwt).kid ?? ''
}
