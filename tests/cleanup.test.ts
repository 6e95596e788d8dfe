import type { Store } from '@latchkey/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Postgres, startPostgres } from './running/postgres.ts'
import { cleanups } from './torture/cleanup.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

const AMOUNTS = { rows: 3_000, idleSeconds: 1 }
const silent = (): void => undefined

test('Q03 expired rows go while clients are served, and nothing that lives does', async () => {
  const lines = await cleanups(AMOUNTS, postgres, silent)
  expect(lines.map(({ store, removed, failed, aliveStays }) => ({ store, removed, failed, aliveStays }))).toEqual(['SQLite', 'PostgreSQL'].map((store) => ({ store, removed: AMOUNTS.rows, failed: 0, aliveStays: true })))
}, 60_000)

test('Q03 would be noticed: a clean-up that takes what lives', async () => {
  const greedy = (inner: Store): Store => ({ ...inner, sweep: (now, limit) => inner.sweep(now + 10 ** 9, limit) })
  const lines = await cleanups(AMOUNTS, postgres, silent, greedy)
  expect(lines.map(({ aliveStays }) => aliveStays)).toEqual([false, false])
}, 60_000)
