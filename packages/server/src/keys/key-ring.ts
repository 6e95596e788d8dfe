import { keepKeys, KEYS_KNOWN_WITHIN, type KeyStep, type SigningAlgorithm, type SigningKeyRow } from '@latchkey/core'
import type { PublicJwk } from '../ports/keys.ts'
import type { KeyPair } from './key-pair.ts'
import { acceptedIn, type KeyReading, NO_KEYS, publishedIn, signingIn } from './key-reading.ts'
import { type KeptKeys, settleKeys } from './settle-keys.ts'

/** The signing keys as this node has read them last. Signing and verifying with them asks no store. */
export interface KeyRing {
  rows(): readonly SigningKeyRow[]
  /** The key that signs for an algorithm now. */
  signing(alg: SigningAlgorithm): KeyPair | undefined
  /** The key of this name, unless what it signed is not accepted any more. A name that is new is looked for in the store. */
  named(kid: string): Promise<KeyPair | undefined> | KeyPair | undefined
  /** The public keys that verifiers may need now, as the store has them; as they were read last when the store is away. */
  published(): Promise<readonly PublicJwk[]>
  /** Reads the keys and does what is due. Rejects when the store is away or a key can not be read; what was read before still holds. */
  refresh(): Promise<void>
  /** Takes a step on the keys in the store, and decides it again when another node was faster. */
  settle(step: (rows: readonly SigningKeyRow[], now: number) => KeyStep): Promise<void>
}

/** So many names that are new are looked for in a second. More can only be made up. */
const MOST_LOOKS = 5

/** The ring of the keys in a store, still empty. */
export function keyRing(kept: KeptKeys): KeyRing {
  const { clock, rules } = kept
  let reading: KeyReading = NO_KEYS
  let readAt = -Infinity
  let [begun, adopted] = [0, 0]
  let underway: Promise<void> | undefined
  const mayLook = atMost(MOST_LOOKS, clock)

  async function settle(step: (rows: readonly SigningKeyRow[], now: number) => KeyStep): Promise<void> {
    const order = ++begun
    const read = await settleKeys(kept, reading, step)
    // Of two that overlap, the one that began later has seen what the other did.
    if (order < adopted) return
    adopted = order
    reading = read
    readAt = clock()
  }
  const refresh = (): Promise<void> => (underway ??= settle((rows, now) => keepKeys(rows, rules, now)).finally(() => void (underway = undefined)))
  const refreshed = (): Promise<void> => refresh().catch(() => undefined)
  /** Says so to one request a minute, also while the store is away. */
  const isOld = (): boolean => {
    const now = clock()
    if (now < readAt + KEYS_KNOWN_WITHIN) return false
    readAt = now
    return true
  }

  return {
    rows: () => reading.keys.map(({ row }) => row),
    signing(alg) {
      // Nobody waits for it: who signs with a key of a minute ago is understood.
      if (isOld()) void refreshed()
      return signingIn(reading, alg, clock())
    },
    async named(kid) {
      if (isOld() || (!reading.byKid.has(kid) && THUMBPRINT.test(kid) && mayLook())) await refreshed()
      return acceptedIn(reading, kid, clock())
    },
    async published() {
      await refreshed()
      return publishedIn(reading, clock())
    },
    refresh,
    settle,
  }
}

/** @spec RFC 7638 §3 */
const THUMBPRINT = /^[\w-]{43}$/

/** Answers whether one more fits into this second. */
function atMost(most: number, clock: () => number): () => boolean {
  let [second, count] = [-Infinity, 0]
  return () => {
    const now = clock()
    count = now === second ? count + 1 : 1
    second = now
    return count <= most
  }
}
