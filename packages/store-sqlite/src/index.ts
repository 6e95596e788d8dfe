export { migrateSqlite, sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'
export type { Migrated } from './schema.ts'
