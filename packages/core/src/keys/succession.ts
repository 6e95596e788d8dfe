import type { Instant } from '../brand.ts'
import { amend, remove, replace, type Write } from '../records.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import { KEY_LIFE, keyNumberOf, type KeyOrder, keysIn, type KeyStage, keyStateOf, type SigningKeyRow } from './life.ts'
import type { KeySchedule } from './schedule.ts'

/** A signing key to be made, and the row to keep it in. */
export interface KeyToMake {
  readonly key: string
  readonly alg: SigningAlgorithm
  readonly signsAt: Instant
}

/** What is to be done about the keys: the keys to make, and what changes together with them. */
export interface KeyStep {
  readonly make: readonly KeyToMake[]
  readonly writes: readonly Write[]
}

/** By which rules keys succeed each other. */
export interface KeyRules {
  readonly algorithms: readonly SigningAlgorithm[]
  readonly schedule: KeySchedule
}

const NOTHING: KeyStep = { make: [], writes: [] }

/** What is due now: first keys, successors, and the end of keys whose time is over. */
export function keepKeys(rows: readonly SigningKeyRow[], rules: KeyRules, now: Instant): KeyStep {
  const known = new Set([...rules.algorithms, ...rows.map(({ alg }) => alg)])
  return together([...known].map((alg) => keptOf(alg, rows.filter((row) => row.alg === alg), rules, now)))
}

/** Successors of these keys, announced; or, for `at` now, signing at once in their place. A key that does not sign any more has its successor. */
export function rotateKeys(rows: readonly SigningKeyRow[], kids: ReadonlySet<string>, at: 'announced' | 'now', { schedule }: KeyRules, now: Instant): KeyStep {
  return together(
    rows.filter(({ kid }) => kids.has(kid)).map((row) => {
      if (keyStateOf(row, now) !== 'signing') return NOTHING
      if (at === 'now') return succession(row, rows, now, schedule, now)
      return row.retiresAt === undefined ? succession(row, rows, now + schedule.announceFor, schedule, now) : NOTHING
    }),
  )
}

/** What an order about one key comes to, by the table of its life. A key that signs hands over to its successor at once. */
export function orderKey(rows: readonly SigningKeyRow[], kid: string, order: KeyOrder, { schedule }: KeyRules, now: Instant): KeyStep {
  const row = rows.find((each) => each.kid === kid)
  if (row === undefined) return NOTHING
  const state = keyStateOf(row, now)
  const stage: KeyStage = KEY_LIFE[state]
  const target = stage.orders[order]
  if (target === undefined) return NOTHING
  if (target === 'retired') return succession(row, rows, now, schedule, now)
  if (state === 'announced') return { make: [], writes: [remove(row), ...rows.filter(awaits(row)).map(unscheduled)] }
  const { make, writes } = state === 'signing' ? succession(row, rows, now, schedule, now) : NOTHING
  return { make, writes: [remove(row), ...writes.filter(({ key }) => key !== row.key)] }
}

/** Which key signs for an algorithm now; `undefined` only before its first key was kept. */
export function signingKeyOf(alg: SigningAlgorithm, rows: readonly SigningKeyRow[], now: Instant): SigningKeyRow | undefined {
  return keysIn('signing', rows.filter((row) => row.alg === alg), now).at(-1)
}

function keptOf(alg: SigningAlgorithm, rows: readonly SigningKeyRow[], { algorithms, schedule }: KeyRules, now: Instant): KeyStep {
  const over = keysIn('deleted', rows, now).map((row) => remove(row))
  const signing = signingKeyOf(alg, rows, now)
  const isUsed = algorithms.includes(alg)
  const isDue = signing !== undefined && signing.retiresAt === undefined && now >= signing.signsAt + schedule.rotateAfter - schedule.announceFor
  if (signing === undefined && isUsed) return together([{ make: [], writes: over }, succession({ alg }, rows, now, schedule, now)])
  if (signing === undefined || !isDue) return { make: [], writes: over }
  if (isUsed) return together([{ make: [], writes: over }, succession(signing, rows, Math.max(now + schedule.announceFor, signing.signsAt + schedule.rotateAfter), schedule, now)])
  // The algorithm was given up: the key goes when it would have been rotated, so that nodes configured differently do not undo each other.
  return { make: [], writes: [...over, amend(signing, retiring(now, schedule))] }
}

/** The key after this one signs from `at` on: the one that is announced already, or a new one. */
function succession(signing: SigningKeyRow | { readonly alg: SigningAlgorithm }, rows: readonly SigningKeyRow[], at: Instant, schedule: KeySchedule, now: Instant): KeyStep {
  const { alg } = signing
  const own = rows.filter((row) => row.alg === alg)
  const [announced] = keysIn('announced', own, now)
  const retired = 'kid' in signing ? [amend(signing, retiring(at, schedule))] : []
  return announced === undefined
    ? { make: [{ key: `sig/${alg}/${nextNumber(own)}`, alg, signsAt: at }], writes: retired }
    : { make: [], writes: [...retired, amend(announced, { signsAt: at })] }
}

function retiring(at: Instant, { retireAfter }: KeySchedule): { retiresAt: Instant; expiresAt: Instant } {
  return { retiresAt: at, expiresAt: at + retireAfter }
}

/** Whether a key signs until this announced one takes over. */
function awaits({ alg, signsAt }: SigningKeyRow): (row: SigningKeyRow) => boolean {
  return (row) => row.alg === alg && row.retiresAt === signsAt
}

/** The key, signing until a new successor is due. */
function unscheduled(row: SigningKeyRow): Write {
  const { kind: _kind, key: _key, revision: _revision, retiresAt: _retiresAt, expiresAt: _expiresAt, ...record } = row
  return replace(row, record)
}

function nextNumber(rows: readonly SigningKeyRow[]): number {
  return 1 + Math.max(0, ...rows.map(keyNumberOf))
}

function together(steps: readonly KeyStep[]): KeyStep {
  return { make: steps.flatMap(({ make }) => make), writes: steps.flatMap(({ writes }) => writes) }
}
