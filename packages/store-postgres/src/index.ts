export { migratePostgres, postgresStore, type PostgresStoreOptions } from './postgres-store.ts'
export type { Migrated } from './migrate.ts'
