import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { among, find, insert, remove, type Write } from '@latchkey/core'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../src/database.ts'
import { storeOn } from '../src/sqlite-store.ts'

const directory = mkdtempSync(join(tmpdir(), 'latchkey-faults-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})

let place = 0
function openBoth() {
  const path = join(directory, `${place++}.db`)
  const database = openDatabase(path, 8)
  return { database, store: storeOn(database), other: new Sqlite(path) }
}
let open: ReturnType<typeof openBoth>
beforeEach(() => {
  open = openBoth()
})
afterEach(async () => {
  open.other.close()
  await open.store.close()
})

function row(key: string, acr = ''): Write {
  return insert('session', key, { sub: 'alice', sid: key, auth_time: 1, amr: [], acr, createdAt: 1, expiresAt: 9 })
}
async function rowKeys(): Promise<readonly string[]> {
  return (await open.store.gather({ all: among('session', 'sub', 'alice') })).all.map(({ key }) => key).sort()
}

/** How many transactions the write-ahead log holds: frames of 24 bytes and a page, of which the last one of a transaction names the size. */
function commitsIn(path: string): number {
  const log = readFileSync(`${path}-wal`)
  let commits = 0
  for (let frame = 32; frame < log.length; frame += 24 + 4096) if (log.readUInt32BE(frame + 4) > 0) commits++
  return commits
}

describe('a group of commits', () => {
  it('shares one transaction', async () => {
    const before = commitsIn(open.database.name)
    await Promise.all(Array.from({ length: 100 }, (_, n) => open.store.commit([row(`s${n}`)])))
    expect(commitsIn(open.database.name)).toBe(before + 1)
    await open.store.commit([row('alone')])
    await open.store.commit([row('alone')])
    await open.store.commit([])
    expect(commitsIn(open.database.name)).toBe(before + 2)
    expect(await rowKeys()).toHaveLength(101)
  })

  it('fails as a whole when the disk is full, applies nothing, and recovers', async () => {
    await open.store.commit([row('before')])
    const pages = Number(open.database.pragma('page_count', { simple: true }))
    open.database.pragma(`max_page_count = ${pages}`)
    const outcomes = await Promise.allSettled([open.store.commit([row('small')]), open.store.commit([row('big', 'x'.repeat(100_000))]), open.store.commit([row('c'), row('d')])])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await rowKeys()).toEqual(['before'])
    open.database.pragma('max_page_count = 1000000')
    expect(await open.store.commit([row('small')])).toBe('committed')
    expect(await rowKeys()).toEqual(['before', 'small'])
    expect(open.database.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  it.each(['ABORT', 'FAIL', 'ROLLBACK'])('fails as a whole when one write fails by %s, and a retry succeeds', async (how) => {
    await open.store.commit([row('old')])
    const { old } = await open.store.gather({ old: find('session', 'old') })
    if (old === undefined) throw new Error('the row is lost')
    open.other.exec(`CREATE TRIGGER fault BEFORE DELETE ON session BEGIN SELECT RAISE(${how}, 'fault'); END`)
    const group = () => [open.store.commit([row('a')]), open.store.commit([row('b'), remove(old), row('c')]), open.store.commit([row('d')])]
    const outcomes = await Promise.allSettled(group())
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await rowKeys()).toEqual(['old'])
    open.other.exec('DROP TRIGGER fault')
    expect(await Promise.all(group())).toEqual(['committed', 'committed', 'committed'])
    expect(await rowKeys()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('waits while another connection writes, without stopping the process, and sees what it wrote', async () => {
    open.other.exec('BEGIN IMMEDIATE')
    open.other.prepare(`INSERT INTO session (key, revision, record) VALUES ('taken', 1, '{"sub":"bob"}')`).run()
    const settled: string[] = []
    const commits = ['taken', 'free'].map((key) => open.store.commit([row(key)]).finally(() => settled.push(key)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(settled).toEqual([])
    expect(await rowKeys()).toEqual([])
    open.other.exec('COMMIT')
    expect(await Promise.all(commits)).toEqual(['conflict', 'committed'])
  })

  it('is refused once the lock is kept from it for long, and the next succeeds', async () => {
    open.other.exec('BEGIN IMMEDIATE')
    await expect(open.store.commit([row('late')])).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
    open.other.exec('ROLLBACK')
    expect(await open.store.commit([row('next')])).toBe('committed')
    expect(await rowKeys()).toEqual(['next'])
  }, 30_000)
})

describe('the store', () => {
  it('refuses a commit, a gather and a sweep once it is closed', async () => {
    await open.store.close()
    await expect(open.store.commit([row('late')])).rejects.toThrow('the store is closed')
    await expect(open.store.gather({})).rejects.toThrow('the store is closed')
    await expect(open.store.sweep(1, 1)).rejects.toThrow('the store is closed')
  })

  it('refuses names that it could not find again', async () => {
    for (const name of ['\ud83d', 'a\0b']) {
      await expect(open.store.commit([row(name)])).rejects.toThrow(TypeError)
      await expect(open.store.commit([insert('consent', 'c', { client_id: 'web', sub: name, scope: [], grantedAt: 1 })])).rejects.toThrow(TypeError)
    }
  })
})
