import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@latchkey/server/testing'
import { afterAll, describe, it } from 'vitest'
import { sqliteStore } from '../src/index.ts'

describe('the SQLite store keeps the contract', () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-contract-'))
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })
  for (const { name, run } of storeContract((place) => sqliteStore(join(directory, `${place}.db`)), { durable: true })) it(name, run)
})
