import type { Instant } from '../brand.ts'
import type { Row, SigningKey } from '../records.ts'

/** Where a signing key stands in its life. */
export type KeyState = 'announced' | 'signing' | 'retired' | 'deleted'

/** What an operator can do to a key: let it retire early, or give it up because somebody else has it. */
export type KeyOrder = 'retire' | 'compromise'

/** One state: what a key in it is good for, when time ends it and in what, and where an order leads from it. */
export interface KeyStage {
  /** Whether it is published, and what it signed is accepted. */
  readonly published: boolean
  readonly signs: boolean
  readonly until?: 'signsAt' | 'retiresAt' | 'expiresAt'
  readonly next?: KeyState
  readonly orders: Readonly<Partial<Record<KeyOrder, KeyState>>>
}

/** The life of a signing key. @spec OpenID Connect Core §10.1.1 */
export const KEY_LIFE = {
  announced: { published: true, signs: false, until: 'signsAt', next: 'signing', orders: { retire: 'deleted', compromise: 'deleted' } },
  signing: { published: true, signs: true, until: 'retiresAt', next: 'retired', orders: { retire: 'retired', compromise: 'deleted' } },
  retired: { published: true, signs: false, until: 'expiresAt', next: 'deleted', orders: { compromise: 'deleted' } },
  deleted: { published: false, signs: false, orders: {} },
} as const satisfies Readonly<Record<KeyState, KeyStage>>

/** The times of a key that its state follows from. */
export type KeyTimes = Pick<SigningKey, 'signsAt' | 'retiresAt' | 'expiresAt'>

/** Where a key stands now. */
export function keyStateOf(key: KeyTimes, now: Instant): KeyState {
  let state: KeyState = 'announced'
  for (;;) {
    const stage: KeyStage = KEY_LIFE[state]
    const end = stage.until === undefined ? undefined : key[stage.until]
    if (stage.next === undefined || end === undefined || end > now) return state
    state = stage.next
  }
}

/** Whether a key is published now, and what it signed is accepted. */
export function isPublished(key: KeyTimes, now: Instant): boolean {
  return KEY_LIFE[keyStateOf(key, now)].published
}

/** A signing key as it was gathered. */
export type SigningKeyRow = SigningKey & Pick<Row<'key'>, 'kind' | 'key' | 'revision'>

/** How many keys of its algorithm there were before this one, and one more. */
export function keyNumberOf({ key }: SigningKeyRow): number {
  return Number(key.slice(key.lastIndexOf('/') + 1))
}

/** The signing keys among the keys of a server. */
export function signingKeysAmong(rows: readonly Row<'key'>[]): readonly SigningKeyRow[] {
  return rows.filter((row): row is Row<'key'> & SigningKeyRow => row.use === 'sig')
}

/** The keys of one algorithm that are in this state now, the older ones first. */
export function keysIn(state: KeyState, rows: readonly SigningKeyRow[], now: Instant): readonly SigningKeyRow[] {
  return rows.filter((row) => keyStateOf(row, now) === state).sort((one, other) => keyNumberOf(one) - keyNumberOf(other))
}
