import { isPublished, keyNumberOf, keyStateOf, type SigningAlgorithm, type SigningKeyRow } from '@latchkey/core'
import type { PublicJwk } from '../ports/keys.ts'
import { type KeyPair, keyPairOf } from './key-pair.ts'
import type { Vault } from './vault.ts'

/** A row and the key pair that was unlocked from it. */
export interface KnownKey {
  readonly row: SigningKeyRow
  readonly pair: KeyPair
}

/** The signing keys as they were read at one moment. */
export interface KeyReading {
  /** By the order of the algorithms, and within one by age. */
  readonly keys: readonly KnownKey[]
  readonly byKid: ReadonlyMap<string, KnownKey>
  readonly byAlgorithm: ReadonlyMap<SigningAlgorithm, readonly KnownKey[]>
}

export const NO_KEYS: KeyReading = { keys: [], byKid: new Map(), byAlgorithm: new Map() }

/** What was read, unlocked as far as it was not before. Rejects when a key can not be read. */
export async function readingOf(rows: readonly SigningKeyRow[], before: KeyReading, algorithms: readonly SigningAlgorithm[], vault: Vault): Promise<KeyReading> {
  const place = ({ alg }: SigningKeyRow): number => (algorithms.indexOf(alg) + algorithms.length + 1) % (algorithms.length + 1)
  const sorted = rows.toSorted((one, other) => place(one) - place(other) || keyNumberOf(one) - keyNumberOf(other))
  const keys = await Promise.all(sorted.map(async (row) => ({ row, pair: before.byKid.get(row.kid)?.pair ?? (await keyPairOf(row, vault)) })))
  return { keys, byKid: new Map(keys.map((key) => [key.row.kid, key])), byAlgorithm: new Map(keys.map(({ row: { alg } }) => [alg, keys.filter(({ row }) => row.alg === alg)])) }
}

/** The key that signs for an algorithm now; the newest when that can not be told, as after a long time without the store. */
export function signingIn({ byAlgorithm }: KeyReading, alg: SigningAlgorithm, now: number): KeyPair | undefined {
  const own = byAlgorithm.get(alg) ?? []
  return (own.findLast(({ row }) => keyStateOf(row, now) === 'signing') ?? own.at(-1))?.pair
}

/** The key of this name, unless what it signed is not accepted any more. */
export function acceptedIn({ byKid }: KeyReading, kid: string, now: number): KeyPair | undefined {
  const key = byKid.get(kid)
  return key !== undefined && isPublished(key.row, now) ? key.pair : undefined
}

/** The public keys that verifiers may need now. */
export function publishedIn({ keys }: KeyReading, now: number): readonly PublicJwk[] {
  return keys.filter(({ row }) => isPublished(row, now)).map(({ pair }) => pair.public)
}
