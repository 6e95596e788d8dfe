import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { migratePostgres, postgresStore } from '@latchkey/store-postgres'
import { type Migrated, migrateSqlite, sqliteStore } from '@latchkey/store-sqlite'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { EncryptionKey } from './config/configuration.ts'
import type { StoreLocation } from './config/store-url.ts'

/** Opens the store at a location. Rejects when it can not be opened, with a message for the operator. */
export async function openStore(location: StoreLocation): Promise<Store> {
  switch (location.kind) {
    case 'sqlite':
      return sqliteStore(location.file)
    case 'postgres':
      return postgresStore(location.url)
    case 'memory':
      return memoryStore()
  }
}

/** Brings the store at a location to a format, the newest one unless told. Rejects when it can not be opened or there is no such format. */
export async function migrateStore(location: Exclude<StoreLocation, { kind: 'memory' }>, to?: number): Promise<Migrated> {
  return location.kind === 'sqlite' ? migrateSqlite(location.file, to) : migratePostgres(location.url, to)
}

/** The text of an encryption key. The demo's is made at its first start, in a file that only its owner can read. */
export function encryptionKeyText(key: EncryptionKey): string {
  switch (key.kind) {
    case 'given':
      return key.text
    case 'ephemeral':
      return randomBytes(32).toString('base64url')
    case 'demo file':
      return keptKey(key.file)
  }
}

function keptKey(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}
