import { type KeyRules, type KeyState, keyStateOf, type KeyStep, type SigningAlgorithm, type SigningKey, type SigningKeyRow } from '../src/index.ts'
import { NOW } from './world.ts'

const DAY = 86_400

/** Sign for 90 days, announce for 14, retire for 7. */
export const RULES: KeyRules = { algorithms: ['ES256', 'RS256'], schedule: { rotateAfter: 90 * DAY, announceFor: 14 * DAY, retireAfter: 7 * DAY } }
export const ES256_ONLY: KeyRules = { ...RULES, algorithms: ['ES256'] }

/** A row with a key that has signed since {@link NOW}, unless its times say otherwise. */
export function keyRow(number: number, times: Partial<Pick<SigningKey, 'signsAt' | 'retiresAt' | 'expiresAt'>> = {}, alg: SigningAlgorithm = 'ES256', revision = 1): SigningKeyRow {
  return { kind: 'key', key: `sig/${alg}/${number}`, revision, use: 'sig', alg, kid: `${alg}-${number}`, sealed: 'sealed', createdAt: NOW, signsAt: NOW, ...times }
}

/** One key in each state, all of one algorithm. */
export const EACH: Readonly<Record<KeyState, SigningKeyRow>> = {
  deleted: keyRow(1, { signsAt: NOW - 300, retiresAt: NOW - 200, expiresAt: NOW }),
  retired: keyRow(2, { signsAt: NOW - 200, retiresAt: NOW - 100, expiresAt: NOW + 7 * DAY }),
  signing: keyRow(3, { signsAt: NOW - 100, retiresAt: NOW + 50, expiresAt: NOW + 50 + 7 * DAY }),
  announced: keyRow(4, { signsAt: NOW + 50 }),
}

/** The rows after a step, as a store would have them. Fails for a write that a store would refuse. */
export function after(rows: readonly SigningKeyRow[], { make, writes }: KeyStep): readonly SigningKeyRow[] {
  const byKey = new Map(rows.map((row) => [row.key, row]))
  for (const write of writes) {
    const row = byKey.get(write.key)
    if (row === undefined || !('revision' in write) || row.revision !== write.revision) throw new Error(`conflict on ${write.key}`)
    if (write.write === 'remove') byKey.delete(write.key)
    else byKey.set(write.key, { kind: 'key', key: write.key, revision: write.revision + 1, ...(write.record as SigningKey) })
  }
  for (const { key, alg, signsAt } of make) {
    if (byKey.has(key)) throw new Error(`conflict on ${key}`)
    byKey.set(key, { ...keyRow(Number(key.split('/')[2]), { signsAt }, alg) })
  }
  return [...byKey.values()]
}

/** What became of the keys, as in `['ES256/1 retired', 'ES256/2 signing']`. */
export function standing(rows: readonly SigningKeyRow[], now: number): readonly string[] {
  return rows.map((row) => `${row.key.slice(4)} ${keyStateOf(row, now)}`).sort()
}
