import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Postgres, startPostgres } from './running/postgres.ts'
import { FORGETTING, kills } from './torture/kills.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

const silent = (): void => undefined
const CLEAN = { lost: 0, doubled: 0, undone: 0, faults: [] }

test('S01 S02 on SQLite, nothing that was acknowledged is lost, doubled or undone by kill -9', async () => {
  const line = await kills(4, { name: 'SQLite' }, silent)
  expect(line).toMatchObject(CLEAN)
  expect(line.grants).toBeGreaterThan(5)
}, 120_000)

test('S01 S02 on PostgreSQL, nothing that was acknowledged is lost, doubled or undone by kill -9', async () => {
  const line = await kills(4, { name: 'PostgreSQL', url: await postgres.createDatabase() }, silent)
  expect(line).toMatchObject(CLEAN)
  expect(line.grants).toBeGreaterThan(5)
}, 120_000)

test('S01 S02 would be noticed: a store that lost the last moment before the kill', async () => {
  const { lost, doubled, undone } = await kills(1, { name: 'forgetting', meddling: FORGETTING }, silent)
  expect(lost + doubled + undone).toBeGreaterThan(0)
}, 120_000)
