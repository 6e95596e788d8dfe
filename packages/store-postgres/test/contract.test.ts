import { storeContract } from '@latchkey/server/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Postgres, startPostgres } from '../../../tests/running/postgres.ts'
import { postgresStore } from '../src/index.ts'

let postgres: Postgres
let url: string
beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase()
})
afterAll(() => postgres.end())

describe('the PostgreSQL store keeps the contract', () => {
  for (const { name, run } of storeContract((place) => postgresStore({ url, schema: place, patience: 20_000 }), { durable: true })) it(name, run)
})
