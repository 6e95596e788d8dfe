import Sqlite from 'better-sqlite3'

/** What better-sqlite3 throws; `code` is SQLite's name for the failure. The package is CommonJS: its members hang on one export. */
export const SqliteError = Sqlite.SqliteError
