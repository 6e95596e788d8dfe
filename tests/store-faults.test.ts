import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { sqliteStore } from '@latchkey/store-sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Issuer } from '../packages/server/test/issuer.ts'
import { isAlive } from '../packages/server/test/tokens.ts'
import { type Cluster, outcomeOf, type Redemption, refreshOf, REPEATABLE, SINGLE_USE, startCluster } from './running/redemptions.ts'

const REDEMPTIONS: Readonly<Record<string, Redemption>> = { ...SINGLE_USE, 'a refresh token, with grace': REPEATABLE }

let folder: string
let cluster: Cluster
let issuer: Issuer
/** Another program's view of the same file. */
let file: DatabaseSync
/** What the server commits from now on, and how many commits pass before one fails; none fails unless set. */
let commits: (readonly Write[])[]
let passing: number

function failing(inner: Store): Store {
  return {
    ...inner,
    commit(writes) {
      commits.push(writes)
      return passing-- === 0 ? Promise.reject(new Error('SQLITE_FULL: database or disk is full')) : inner.commit(writes)
    },
  }
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'latchkey-faults-'))
  commits = []
  passing = Number.POSITIVE_INFINITY
  const at = path.join(folder, 'latchkey.db')
  cluster = await startCluster(failing(sqliteStore(at)))
  issuer = cluster.nodes[0]
  file = new DatabaseSync(at)
})
afterEach(async () => {
  file.close()
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Everything that is in the file. */
function content(): Readonly<Record<string, unknown>> {
  const tables = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all().map(({ name }) => String(name))
  return Object.fromEntries(tables.map((name) => [name, file.prepare(`SELECT key, revision, record FROM "${name}" ORDER BY key`).all()]))
}

/** Redeems while the store fails: it is told as such and nothing is changed. Redeems again: there are tokens, and they are good. */
async function failThenSucceed(redemption: Redemption, request: () => Request, fail: () => void, heal: () => void): Promise<void> {
  const before = content()
  fail()
  const refused = await issuer.fetch(request())
  expect([refused.status, refused.headers.get('retry-after'), await outcomeOf(refused)]).toEqual([503, '2', '503 temporarily_unavailable'])
  expect(content()).toEqual(before)
  heal()
  const tokens = await outcomeOf(await issuer.fetch(request()))
  if (typeof tokens === 'string') throw new Error(`the second try was answered ${tokens}`)
  expect(await isAlive(issuer, tokens.access_token)).toBe(true)
  expect(typeof (await outcomeOf(await issuer.fetch(refreshOf(tokens, redemption))))).toBe('object')
}

/** The commits that an undisturbed redemption makes. */
async function commitsOf(redemption: Redemption): Promise<readonly (readonly Write[])[]> {
  const request = await redemption.obtain(issuer)
  commits = []
  expect((await issuer.fetch(request())).status).toBe(200)
  return commits
}

describe.each(Object.entries(REDEMPTIONS))('%s', (_, redemption) => {
  test('outlives the failure of each commit of its redemption', async () => {
    const count = (await commitsOf(redemption)).length
    expect(count).toBeGreaterThan(0)
    for (let nth = 0; nth < count; nth++) await failThenSucceed(redemption, await redemption.obtain(issuer), () => (passing = nth), () => (passing = Number.POSITIVE_INFINITY))
  })

  test('outlives the failure of each write of its redemption, and no other write of the same commit stays', async () => {
    const writes = (await commitsOf(redemption)).flat()
    expect(writes.length).toBeGreaterThan(0)
    for (const { write, kind } of writes) {
      const happening = { insert: 'INSERT', replace: 'UPDATE', remove: 'DELETE' }[write]
      const trigger = `CREATE TRIGGER fault AFTER ${happening} ON "${kind}" BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`
      await failThenSucceed(redemption, await redemption.obtain(issuer), () => file.exec(trigger), () => file.exec('DROP TRIGGER fault'))
    }
  })
})

test('a redemption writes several rows at once, so that these tests could find half of them', async () => {
  for (const name of ['a code', 'a device code']) {
    const redemption = SINGLE_USE[name]
    expect((redemption === undefined ? [] : await commitsOf(redemption)).map(({ length }) => length > 1)).toEqual([true])
  }
})

test('would be noticed: a store that keeps half of a commit that fails', async () => {
  const redemption = SINGLE_USE['a code'] ?? REPEATABLE
  const inner = sqliteStore(path.join(folder, 'half.db'))
  let halves = 0
  const half: Store = {
    ...inner,
    async commit(writes) {
      if (halves-- !== 1) return inner.commit(writes)
      await inner.commit(writes.slice(0, 1))
      throw new Error('the rest is lost')
    },
  }
  const careless = await startCluster(half)
  const request = await redemption.obtain(careless.nodes[0])
  halves = 1
  expect((await careless.nodes[0].fetch(request())).status).toBe(503)
  expect(await outcomeOf(await careless.nodes[0].fetch(request()))).toBe('400 invalid_grant')
  await careless.close()
})
