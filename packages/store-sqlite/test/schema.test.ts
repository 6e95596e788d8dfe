import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { INDEXED, among, insert } from '@latchkey/core'
import Sqlite from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../src/database.ts'
import { migrateSqlite, sqliteStore } from '../src/index.ts'
import { migrate, MIGRATIONS } from '../src/schema.ts'

const directory = mkdtempSync(join(tmpdir(), 'latchkey-schema-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})
const at = (name: string) => join(directory, name)

describe('a database', () => {
  it('is created with its directory, readable by its owner alone', async () => {
    const store = sqliteStore({ path: at('deep/er/new.db') })
    await store.commit([insert('consent', 'c', { client_id: 'web', sub: 'alice', scope: [], grantedAt: 1 })])
    for (const end of ['', '-wal', '-shm']) expect(statSync(at(`deep/er/new.db${end}`)).mode & 0o777).toBe(0o600)
    expect(statSync(at('deep/er')).mode & 0o777).toBe(0o700)
    await store.close()
    expect(existsSync(at('deep/er/new.db-wal'))).toBe(false)
  })

  it('waits for the disk at every commit, which no killed process could show', () => {
    const database = openDatabase(at('synchronous.db'), 8)
    expect([database.pragma('journal_mode', { simple: true }), database.pragma('synchronous', { simple: true })]).toEqual(['wal', 2])
    database.close()
  })

  it('answers every lookup and the sweep through an index', async () => {
    await sqliteStore(at('indexed.db')).close()
    const database = new Sqlite(at('indexed.db'))
    for (const [kind, members] of Object.entries(INDEXED)) {
      for (const condition of ['key = ?', 'expires_at <= ?', ...members.map((member) => `"${member}" = ?`)]) {
        const plan = database.prepare(`EXPLAIN QUERY PLAN SELECT rowid FROM "${kind}" WHERE ${condition}`).all('x')
        expect(JSON.stringify(plan)).toContain('SEARCH')
      }
    }
    database.close()
  })

  it('gains what it lacks: an index that is new finds rows that are old, and rows that an older program still writes', async () => {
    const path = at('older.db')
    await sqliteStore(path).close()
    const older = new Sqlite(path)
    const write = older.prepare(`INSERT INTO consent (key, revision, record) VALUES (?, 1, '{"client_id":"web","sub":"alice","scope":[],"grantedAt":1}')`)
    older.exec('DROP INDEX consent_sub; ALTER TABLE consent DROP COLUMN sub; DROP TABLE access_token')
    write.run('before')
    const store = sqliteStore(path)
    write.run('after')
    const { all } = await store.gather({ all: among('consent', 'sub', 'alice'), none: among('access_token', 'authorization', 'a') })
    expect(all.map(({ key }) => key).sort()).toEqual(['after', 'before'])
    older.close()
    await store.close()
  })

  it('is migrated step by step, once, and back', async () => {
    const path = at('migrated.db')
    await sqliteStore(path).close()
    const database = new Sqlite(path)
    const steps = [...MIGRATIONS, { forward: 'CREATE TABLE counted (n INTEGER)', back: 'DROP TABLE counted' }, { forward: 'INSERT INTO counted VALUES (1)', back: 'DELETE FROM counted' }]
    expect(migrate(database, { migrations: steps })).toEqual({ from: 1, to: 3 })
    expect(migrate(database, { migrations: steps })).toEqual({ from: 3, to: 3 })
    expect(database.prepare('SELECT count(*) FROM counted').pluck().get()).toBe(1)
    expect(database.pragma('user_version', { simple: true })).toBe(3)
    expect(() => sqliteStore(path)).toThrow(`can not open the database ${path}: it was written by a newer version (format 3; this version knows up to 1)`)
    expect(migrate(database, { migrations: steps, to: 1 })).toEqual({ from: 3, to: 1 })
    expect(database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'counted'").get()).toBeUndefined()
    for (const to of [0, 4, 1.5]) expect(() => migrate(database, { migrations: steps, to })).toThrow(`there is no format ${to}; this version knows 1 to 3`)
    database.close()
    await sqliteStore(path).close()
    expect(migrateSqlite(path)).toEqual({ from: 1, to: 1 })
  })

  it('is not changed by a migration that fails', () => {
    const database = new Sqlite(at('failed.db'))
    expect(() => {
      migrate(database, { migrations: [...MIGRATIONS, { forward: 'CREATE TABLE half (n INTEGER)', back: '' }, { forward: 'nonsense', back: '' }] })
    }).toThrow()
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([])
    expect(database.pragma('user_version', { simple: true })).toBe(0)
    database.close()
  })
})

describe('what is refused, and left as it is', () => {
  it('a file that is no database', () => {
    const path = at('letter.txt')
    const text = 'Dear reader, '.repeat(200)
    writeFileSync(path, text)
    expect(() => sqliteStore(path)).toThrow(`can not open the database ${path}: it is not a SQLite database`)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('the database of another program', () => {
    const path = at('foreign.db')
    const foreign = new Sqlite(path)
    foreign.exec('CREATE TABLE session (id TEXT)')
    foreign.close()
    const before = readFileSync(path)
    expect(() => sqliteStore(path)).toThrow(`can not open the database ${path}: it is the database of another program`)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('a directory, a path through a file, and no path', () => {
    writeFileSync(at('file'), '')
    expect(() => sqliteStore(directory)).toThrow('it is a directory')
    expect(() => sqliteStore(at('file/store.db'))).toThrow(`can not open the database ${at('file/store.db')}: `)
    for (const path of ['', ' ', ':memory:']) expect(() => sqliteStore(path)).toThrow('the SQLite store needs a file')
  })
})
