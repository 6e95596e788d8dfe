import { among, amend, find, insert, remove, type Row, type Write } from '@latchkey/core'
import type { Store } from '../../ports/store.ts'
import type { StoreCase } from './case.ts'
import { mustEqual, mustReject } from './expectation.ts'
import { commitAll, consentOf, familyOf, presentRow, rowAt, sessionOf } from './records.ts'

async function mustConflict(store: Store, what: string, ...writes: readonly Write[]): Promise<void> {
  mustEqual(await store.commit(writes), 'conflict', what)
}

/** What one `commit` after another must do. */
export const writingCases: readonly StoreCase[] = [
  {
    name: 'a commit of nothing is committed',
    async run(store) {
      mustEqual(await store.commit([]), 'committed', 'no writes')
    },
  },
  {
    name: 'insert conflicts with a row that exists, expired or not, and leaves it as it is',
    async run(store) {
      await commitAll(store, insert('consent', 'c', consentOf({ expiresAt: 1 })))
      const before = await presentRow(store, 'consent', 'c')
      await mustConflict(store, 'a second insert', insert('consent', 'c', consentOf({ scope: ['all'] })))
      mustEqual(await presentRow(store, 'consent', 'c'), before, 'the row')
    },
  },
  {
    name: 'replace changes the row and its revision, every time, even to the same record',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const revisions = new Set<number>()
      for (let round = 0; round < 20; round++) {
        const row = await presentRow(store, 'session', 's')
        revisions.add(row.revision)
        await commitAll(store, amend(row, { createdAt: round < 10 ? round : 10 }))
      }
      mustEqual(revisions.size, 20, 'the number of revisions')
      mustEqual((await presentRow(store, 'session', 's')).createdAt, 10, 'the last change')
    },
  },
  {
    name: 'replace and remove conflict at a revision that has passed, one that never was, and on a row that is gone',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const old = await presentRow(store, 'session', 's')
      await commitAll(store, amend(old, { acr: 'new' }))
      const row = await presentRow(store, 'session', 's')
      const never: Row<'session'> = { ...row, revision: row.revision + 1_000_000 }
      for (const stale of [old, never]) {
        await mustConflict(store, 'replace at a wrong revision', amend(stale, { acr: 'stale' }))
        await mustConflict(store, 'remove at a wrong revision', remove(stale))
      }
      mustEqual(await presentRow(store, 'session', 's'), row, 'the row')
      await commitAll(store, remove(row))
      await mustConflict(store, 'replace of a row that is gone', amend(row, { acr: 'late' }))
      await mustConflict(store, 'remove of a row that is gone', remove(row))
      mustEqual(await rowAt(store, 'session', 's'), undefined, 'the removed row')
    },
  },
  {
    name: 'a row that was removed and inserted again does not come back to a revision it had',
    async run(store) {
      const seen: Row<'session'>[] = []
      for (let life = 0; life < 10; life++) {
        await commitAll(store, insert('session', 's', sessionOf()))
        seen.push(await presentRow(store, 'session', 's'))
        await commitAll(store, amend(await presentRow(store, 'session', 's'), { acr: 'changed' }))
        seen.push(await presentRow(store, 'session', 's'))
        for (const stale of seen.slice(0, -1)) await mustConflict(store, 'remove at a revision of an earlier life', remove(stale))
        await commitAll(store, remove(await presentRow(store, 'session', 's')))
      }
      await commitAll(store, insert('session', 's', sessionOf()))
      for (const stale of seen) await mustConflict(store, 'replace at a revision of an earlier life', amend(stale, { acr: 'revived' }))
    },
  },
  {
    name: 'a commit is applied whole across kinds',
    async run(store) {
      await commitAll(store, insert('session', 'same', sessionOf()), insert('consent', 'gone', consentOf()))
      const { session, gone } = await store.gather({ session: find('session', 'same'), gone: find('consent', 'gone') })
      if (session === undefined || gone === undefined) throw new Error('the store lost a row')
      await commitAll(store, amend(session, { acr: 'new' }), remove(gone), insert('refresh_token', 'same', familyOf()))
      const after = await store.gather({ session: find('session', 'same'), gone: find('consent', 'gone'), family: find('refresh_token', 'same') })
      mustEqual([after.session?.acr, after.gone, after.family?.generation], ['new', undefined, 1], 'the three rows')
    },
  },
  ...[0, 1, 2, 3].map(
    (place): StoreCase => ({
      name: `a commit whose write no. ${place + 1} of 4 conflicts applies none of them`,
      async run(store) {
        await commitAll(store, insert('session', 'a', sessionOf()), insert('consent', 'b', consentOf()), insert('consent', 'taken', consentOf({ sub: 'bob' })))
        const before = await store.gather({ a: find('session', 'a'), b: find('consent', 'b') })
        if (before.a === undefined || before.b === undefined) throw new Error('the store lost a row')
        const writes = [insert('refresh_token', 'new', familyOf()), amend(before.a, { sub: 'eve' }), remove(before.b)]
        writes.splice(place, 0, insert('consent', 'taken', consentOf({ sub: 'eve' })))
        await mustConflict(store, 'a commit with one write that conflicts', ...writes)
        const after = await store.gather({ a: find('session', 'a'), b: find('consent', 'b'), fresh: find('refresh_token', 'new'), eve: among('session', 'sub', 'eve') })
        mustEqual(after, { ...before, fresh: undefined, eve: [] }, 'the rows')
        await commitAll(store, ...writes.filter((_, index) => index !== place))
      },
    }),
  ),
  {
    name: 'a commit that writes one row twice is refused as the mistake it is, and applies nothing',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const row = await presentRow(store, 'session', 's')
      await mustReject(() => store.commit([amend(row, { acr: 'a' }), insert('consent', 'c', consentOf()), remove(row)]), 'two writes on one row')
      await mustReject(() => store.commit([insert('consent', 'd', consentOf()), insert('consent', 'd', consentOf())]), 'two inserts of one row')
      const after = await store.gather({ row: find('session', 's'), c: find('consent', 'c'), d: find('consent', 'd') })
      mustEqual(after, { row, c: undefined, d: undefined }, 'the rows')
      await commitAll(store, insert('consent', 's', consentOf()), amend(row, { acr: 'one key of two kinds' }))
    },
  },
]
