import { among, amend, behind, find, insert, remove, type Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type OwnPostgres, startOwnPostgres } from '../../../tests/running/postgres.ts'
import { type Proxy, startProxy } from '../../../tests/running/proxy.ts'
import { postgresStore } from '../src/index.ts'

let postgres: OwnPostgres
let proxy: Proxy
beforeAll(async () => {
  postgres = await startOwnPostgres()
  proxy = await startProxy(postgres.port)
})
afterAll(async () => {
  await proxy.stop()
  await postgres.end()
})

/** The store, over the proxy, and another program on the same database. */
let store: Store
let other: Client
let url: string
beforeEach(async () => {
  url = await postgres.createDatabase()
  store = await overProxy(20_000)
  other = await connected()
  await other.query('SET search_path = latchkey')
})
afterEach(async () => {
  proxy.passing('all')
  await other.end()
  await store.close()
})

function overProxy(patience: number): Promise<Store> {
  return postgresStore({ url: Object.assign(new URL(url), { port: proxy.port }).href, patience })
}
/** Has a store in place of the first that soon gives up waiting. */
async function beImpatient(): Promise<void> {
  await store.close()
  store = await overProxy(500)
}
async function connected(): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
function row(key: string, acr = ''): Write {
  return insert('session', key, { sub: 'alice', sid: key, auth_time: 1, amr: [], acr, createdAt: 1, expiresAt: 9 })
}
async function rowKeys(): Promise<readonly string[]> {
  return (await store.gather({ all: among('session', 'sub', 'alice') })).all.map(({ key }) => key).sort()
}
async function present(key: string) {
  const { found } = await store.gather({ found: find('session', key) })
  if (found === undefined) throw new Error(`the row ${key} is lost`)
  return found
}
/** Runs the work until it does not reject. */
async function untilServed<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
const statuses = (outcomes: readonly PromiseSettledResult<unknown>[]) => outcomes.map(({ status }) => status)

describe('a group of commits', () => {
  it('shares one transaction', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, n) => store.commit([row(`s${n}`)])))
    const { rows } = await other.query<{ transactions: string }>('SELECT count(DISTINCT xmin::text) AS transactions FROM session')
    expect([Number(rows[0]?.transactions), (await rowKeys()).length]).toEqual([1, 100])
  })

  it('S03 keeps one commit that fails from the others, applies nothing of it, and a retry succeeds', async () => {
    await store.commit([row('old')])
    const old = await present('old')
    await other.query(`CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fault'; END $$; CREATE TRIGGER fault BEFORE DELETE ON session FOR EACH ROW EXECUTE FUNCTION fault()`)
    const group = (names: readonly string[]) => [store.commit([row(names[0] ?? '')]), store.commit([row('b'), remove(old), row('c')]), store.commit([row(names[1] ?? '')])]
    expect(statuses(await Promise.allSettled(group(['a', 'd'])))).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await rowKeys()).toEqual(['a', 'd', 'old'])
    await other.query('DROP TRIGGER fault ON session')
    expect(await Promise.all(group(['e', 'f']))).toEqual(['committed', 'committed', 'committed'])
    expect(await rowKeys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('waits while another connection writes, and sees what it wrote', async () => {
    await other.query(`BEGIN; INSERT INTO session (key, revision, record) VALUES ('taken', 1, '{"sub":"bob"}')`)
    const settled: string[] = []
    const commit = store.commit([row('taken')]).finally(() => settled.push('taken'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([settled, await rowKeys()]).toEqual([[], []])
    await other.query('COMMIT')
    expect(await commit).toBe('conflict')
  })

  it('is refused when the lock is kept from it for long, and a retry finds it done whole or does it', async () => {
    await store.commit([row('held')])
    const held = await present('held')
    await beImpatient()
    await other.query('BEGIN; SELECT 1 FROM session FOR UPDATE')
    const late = () => store.commit([amend(held, { acr: 'late' }), row('beside')])
    await expect(late()).rejects.toThrow()
    expect(await untilServed(rowKeys)).toEqual(['held'])
    await other.query('ROLLBACK')
    expect(['committed', 'conflict']).toContain(await untilServed(late))
    expect([await untilServed(rowKeys), (await untilServed(() => present('held'))).acr]).toEqual([['beside', 'held'], 'late'])
  })

  it('never waits in a circle with the group of another server', async () => {
    const second = await postgresStore({ url, patience: 20_000 })
    const keys = Array.from({ length: 12 }, (_, n) => `k${n}`)
    await store.commit(keys.map((key) => row(key)))
    const racer = async (from: Store, backwards: boolean) => {
      for (let round = 0; round < 60; round++) {
        const { all } = await from.gather({ all: among('session', 'sub', 'alice') })
        const rows = all.toSorted((one, another) => (backwards ? -1 : 1) * one.key.localeCompare(another.key))
        await Promise.all([0, 4, 8].map((at) => from.commit(rows.slice(at, at + 4).map((each) => amend(each, { acr: String(round) })))))
      }
    }
    await Promise.all([racer(store, false), racer(second, true), racer(store, true), racer(second, false)])
    await second.close()
    const { rows } = await other.query<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')
    expect(Number(rows[0]?.deadlocks)).toBe(0)
  })

  it('S11 is tried again when the database undoes it for the sake of another, and happens once', async () => {
    await other.query(`CREATE SEQUENCE aborts; CREATE FUNCTION abort_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF random() < 0.3 THEN PERFORM nextval('latchkey.aborts'); RAISE EXCEPTION USING ERRCODE = CASE WHEN random() < 0.5 THEN '40001' ELSE '40P01' END; END IF; RETURN NULL; END $$;
      CREATE TRIGGER abort_some AFTER INSERT ON session FOR EACH STATEMENT EXECUTE FUNCTION abort_some()`)
    for (let n = 0; n < 200; n++) expect(await store.commit([row(`s${n}`)])).toBe('committed')
    const { rows } = await other.query<{ aborts: string }>(`SELECT last_value AS aborts FROM aborts`)
    expect(Number(rows[0]?.aborts)).toBeGreaterThan(30)
    expect(await rowKeys()).toHaveLength(200)
  })
})

describe('the database', () => {
  it('S10 may never answer: what is asked is refused in time, and is answered again without a restart', async () => {
    await store.commit([row('before')])
    await beImpatient()
    proxy.passing('nothing')
    const outcomes = await Promise.allSettled([rowKeys(), ...Array.from({ length: 500 }, (_, n) => store.commit([row(`s${n}`)])), ...Array.from({ length: 500 }, () => rowKeys())])
    expect(new Set(statuses(outcomes))).toEqual(new Set(['rejected']))
    await expect(rowKeys()).rejects.toThrow()
    proxy.passing('all')
    expect(await untilServed(rowKeys)).toEqual(['before'])
    expect(await untilServed(() => store.commit([row('after')]))).toBe('committed')
  })

  it('S10 does not let those who wait pile up', async () => {
    await store.commit([row('before')])
    await beImpatient()
    proxy.passing('nothing')
    const outcomes = await Promise.allSettled([...Array.from({ length: 6_000 }, (_, n) => store.commit([row(`s${n}`)])), ...Array.from({ length: 6_000 }, () => rowKeys())])
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' && outcome.reason instanceof Error ? outcome.reason.message : 'answered'))
    expect(reasons.filter((reason) => reason === 'too many wait for the database').length).toBeGreaterThan(1_000)
    expect(reasons).not.toContain('answered')
  })

  it('S04 may commit and never say so: the commit is refused, and a retry meets a conflict', async () => {
    await store.commit([row('code')])
    const code = await present('code')
    proxy.passing('no answer to what comes next')
    const redeeming = () => store.commit([amend(code, { acr: 'redeemed' }), insert('consent', 'grant', { client_id: 'web', sub: 'alice', scope: [], grantedAt: 1 })])
    await expect(redeeming()).rejects.toThrow()
    expect(proxy.cuts()).toBe(1)
    expect(await untilServed(redeeming)).toBe('conflict')
    expect((await present('code')).acr).toBe('redeemed')
  })

  it('may cut every connection: the next ones are made as they are needed', async () => {
    await store.commit([row('before')])
    await rowKeys()
    for (let times = 0; times < 3; times++) {
      await other.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
      expect(await untilServed(rowKeys)).toEqual(['before'])
      const held = await present('before')
      expect(await untilServed(() => store.commit([amend(held, { acr: String(times) })]))).toMatch(/committed|conflict/)
    }
  })

  it('S08 may be a replica or read-only: nothing is read from it or written, until it is not', async () => {
    await store.commit([row('before')])
    const { rows } = await other.query<{ name: string }>('SELECT current_database() AS name')
    const cut = () => other.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
    await other.query(`ALTER DATABASE ${rows[0]?.name} SET default_transaction_read_only = on`)
    await cut()
    for (let times = 0; times < 3; times++) {
      await expect(store.commit([row('during')])).rejects.toThrow()
      await expect(rowKeys()).rejects.toThrow()
    }
    await expect(rowKeys()).rejects.toThrow('the database is read-only')
    await other.query(`SET default_transaction_read_only = off; ALTER DATABASE ${rows[0]?.name} SET default_transaction_read_only = off`)
    expect(await untilServed(rowKeys)).toEqual(['before'])
    expect(await untilServed(() => store.commit([row('after')]))).toBe('committed')
  })

  it('is durable whatever its default, and each session says so', async () => {
    const { rows } = await other.query<{ name: string }>('SELECT current_database() AS name')
    await other.query(`ALTER DATABASE ${rows[0]?.name} SET synchronous_commit = off`)
    const again = await postgresStore(url)
    await other.query(`CREATE FUNCTION durable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF current_setting('synchronous_commit') = 'off' THEN RAISE 'not durable'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER durable BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION durable()`)
    expect(await again.commit([row('s')])).toBe('committed')
    const careless = await connected()
    await expect(careless.query(`INSERT INTO latchkey.session (key, revision, record) VALUES ('x', 1, '{}')`)).rejects.toThrow('not durable')
    await careless.end()
    await again.close()
  })
})

describe('the store', () => {
  it('refuses a commit, a gather and a sweep once it is closed', async () => {
    await store.close()
    await expect(store.commit([row('late')])).rejects.toThrow('the store is closed')
    await expect(store.gather({})).rejects.toThrow('the store is closed')
    await expect(store.sweep(1, 1)).rejects.toThrow('the store is closed')
  })

  it('closes also when the database does not answer', async () => {
    await beImpatient()
    await untilServed(rowKeys)
    proxy.passing('nothing')
    const asked = rowKeys()
    await Promise.all([store.close(), expect(asked).rejects.toThrow()])
  })

  it('keeps and finds names that PostgreSQL itself could not', async () => {
    for (const name of ['\ud83d', 'a\0b', '\x1a0000']) {
      expect(await store.commit([insert('consent', name, { client_id: 'web', sub: name, scope: [], grantedAt: 1 })])).toBe('committed')
      const { found, all } = await store.gather({ found: find('consent', name), all: among('consent', 'sub', name) })
      expect([found?.key, found?.sub, all]).toEqual([name, name, [found]])
    }
  })

  it('sweeps around rows that somebody else is changing', async () => {
    await store.commit([row('held'), row('free')])
    await other.query(`BEGIN; SELECT 1 FROM session WHERE key = 'held' FOR UPDATE`)
    expect(await store.sweep(100, 10)).toBe(1)
    await other.query('ROLLBACK')
    expect(await store.sweep(100, 10)).toBe(1)
  })

  it('looks everything up by an index, however few rows there are', async () => {
    const scans = async () => {
      const { rows } = await other.query<{ whole: number; indexed: number }>(`SELECT sum(seq_scan)::integer AS whole, sum(idx_scan)::integer AS indexed FROM pg_stat_user_tables WHERE relname IN ('session', 'consent')`)
      return rows[0] ?? { whole: 0, indexed: 0 }
    }
    await store.commit([row('s')])
    const before = await scans()
    for (let times = 0; times < 10; times++) await store.gather({ one: find('session', 's'), all: among('session', 'sub', 'alice'), consent: behind('consent', 'one', 'sub') })
    await store.sweep(1, 1)
    // A session tells what it has done a while after it has done it, and when it ends.
    await store.close()
    for (;;) {
      const after = await scans()
      if (after.indexed < before.indexed + 30) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      expect(after.whole).toBe(before.whole)
      return
    }
  })
})
