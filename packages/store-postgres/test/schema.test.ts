import { among, find, insert } from '@latchkey/core'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Postgres, startPostgres } from '../../../tests/running/postgres.ts'
import { postgresStore } from '../src/index.ts'
import { migrate, MIGRATIONS } from '../src/migrate.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

let url: string
let client: Client
beforeEach(async () => {
  url = await postgres.createDatabase()
  client = new Client({ connectionString: url })
  await client.connect()
})
afterEach(() => client.end())

const CONSENT = insert('consent', 'c', { client_id: 'web', sub: 'alice', scope: [], grantedAt: 1 })
async function relations(): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace AND relkind IN ('r', 'i') ORDER BY 1`)
  return rows.map(({ name }) => name)
}

describe('a database', () => {
  it('is made once, however many servers open it at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => postgresStore(url)))
    expect(await Promise.all(stores.map((store) => store.commit([CONSENT])))).toEqual(expect.arrayContaining(['committed', 'conflict']))
    await Promise.all(stores.map((store) => store.close()))
    expect((await client.query('SELECT number FROM latchkey.format')).rows).toEqual([{ number: MIGRATIONS.length }])
  })

  it('is left alone when it is up to date, also by a user who may not change it', async () => {
    await (await postgresStore(url)).close()
    const before = await relations()
    await client.query(`CREATE ROLE ${client.database}_user LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA latchkey TO ${client.database}_user; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA latchkey TO ${client.database}_user`)
    const store = await postgresStore(Object.assign(new URL(url), { username: `${client.database}_user`, password: 'x' }).href)
    expect(await store.commit([CONSENT])).toBe('committed')
    await store.close()
    await client.query(`DROP OWNED BY ${client.database}_user; DROP ROLE ${client.database}_user`)
    expect(await relations()).toEqual(before)
  })

  it('is given the tables, indexes and functions it lacks, beside servers that go on', async () => {
    const running = await postgresStore(url)
    await running.commit([CONSENT])
    const complete = await relations()
    await client.query(`DROP TABLE latchkey.mark; DROP INDEX latchkey.consent_sub; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'latchkey.consent_client_id'::regclass`)
    const store = await postgresStore(url)
    expect(await relations()).toEqual(complete)
    expect((await client.query('SELECT count(*)::integer AS unsound FROM pg_index WHERE NOT indisvalid')).rows).toEqual([{ unsound: 0 }])
    const { one, bySub } = await store.gather({ one: find('consent', 'c'), bySub: among('consent', 'sub', 'alice') })
    expect([bySub, await running.commit([insert('mark', 'm', { expiresAt: 1 })])]).toEqual([[one], 'committed'])
    await Promise.all([store.close(), running.close()])
  })

  it('is refused when a newer version wrote it', async () => {
    await (await postgresStore(url)).close()
    await client.query('UPDATE latchkey.format SET number = 99')
    await expect(postgresStore(url)).rejects.toThrow(/^can not open the database latchkey_\w+ at \S+: it was written by a newer version \(format 99; this version knows up to \d+\)$/)
  })

  it('is refused when the schema is that of another program, and left as it is', async () => {
    await client.query('CREATE SCHEMA latchkey; CREATE TABLE latchkey.door (key text)')
    await expect(postgresStore(url)).rejects.toThrow('its schema latchkey is that of another program')
    expect(await relations()).toEqual(['door'])
  })

  it('goes forward and back through its formats, each step whole or not at all', async () => {
    const steps = [...MIGRATIONS, { forward: 'CREATE TABLE {schema}.extra (n integer)', back: 'DROP TABLE {schema}.extra' }, { forward: 'CREATE TABLE {schema}.more (n integer); SELECT 1 / 0', back: '' }]
    expect(await migrate(client, 'latchkey', { migrations: steps.slice(0, 2) })).toEqual({ from: 0, to: 2 })
    await expect(migrate(client, 'latchkey', { migrations: steps })).rejects.toThrow('division by zero')
    expect(await relations()).not.toContain('more')
    expect(await relations()).toContain('extra')
    expect(await migrate(client, 'latchkey', { migrations: steps.slice(0, 2), to: 1 })).toEqual({ from: 2, to: 1 })
    expect(await relations()).not.toContain('extra')
    for (const to of [0, 3, 1.5]) await expect(migrate(client, 'latchkey', { migrations: steps.slice(0, 2), to })).rejects.toThrow(`there is no format ${to}`)
    expect(await migrate(client, 'latchkey')).toEqual({ from: 1, to: 1 })
  })

  it.each([
    ['a wrong password', (at: URL) => Object.assign(at, { password: 'wrong-secret' }), 'it refuses the user or the password'],
    ['a database that is not there', (at: URL) => Object.assign(at, { pathname: '/nowhere' }), 'there is no database of that name'],
    ['a port where nobody listens', (at: URL) => Object.assign(at, { port: '1' }), 'nobody listens there'],
  ])('is not opened with %s; the message says why, and no secret', async (_, change, reason) => {
    const wrong = change(new URL(url))
    const error = await postgresStore(wrong.href).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining(reason) as unknown })
    expect(String(error)).not.toContain(wrong.password)
  })
})
