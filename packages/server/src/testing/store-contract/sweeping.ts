import { amend, find, insert } from '@latchkey/core'
import type { Store } from '../../ports/store.ts'
import type { StoreCase } from './case.ts'
import { mustEqual } from './expectation.ts'
import { commitAll, consentOf, familyOf, presentRow, rowAt, sessionOf } from './records.ts'

async function countSessions(store: Store, keys: readonly string[]): Promise<number> {
  let count = 0
  for (const key of keys) if ((await rowAt(store, 'session', key)) !== undefined) count++
  return count
}

/** What `sweep` must take away and leave. */
export const sweepingCases: readonly StoreCase[] = [
  {
    name: 'sweep removes what expires at or before now, of every kind, and keeps the rest',
    async run(store) {
      await commitAll(
        store,
        insert('session', 'past', sessionOf({ expiresAt: 99 })),
        insert('refresh_token', 'now', familyOf({ expiresAt: 100 })),
        insert('consent', 'later', consentOf({ expiresAt: 101 })),
        insert('consent', 'never', consentOf()),
      )
      mustEqual(await store.sweep(100, 1_000), 2, 'the number of rows swept')
      const { past, now, later, never } = await store.gather({ past: find('session', 'past'), now: find('refresh_token', 'now'), later: find('consent', 'later'), never: find('consent', 'never') })
      mustEqual([past, now, later?.key, never?.key], [undefined, undefined, 'later', 'never'], 'the rows')
      mustEqual(await store.sweep(100, 1_000), 0, 'the number of rows swept the second time')
    },
  },
  {
    name: 'sweep removes no more than its limit, and goes on where it stopped',
    async run(store) {
      const keys = Array.from({ length: 700 }, (_, index) => `s${index}`)
      await commitAll(store, ...keys.map((key) => insert('session', key, sessionOf({ expiresAt: 10 }))), insert('consent', 'c', consentOf({ expiresAt: 10 })))
      mustEqual([await store.sweep(10, 0), await store.sweep(10, 7)], [0, 7], 'the numbers of rows swept')
      mustEqual((await countSessions(store, keys)) + ((await rowAt(store, 'consent', 'c')) === undefined ? 0 : 1), 694, 'the rows left')
      mustEqual([await store.sweep(10, 600), await store.sweep(10, 600)], [600, 94], 'the numbers of rows swept')
    },
  },
  {
    name: 'sweep goes by the expiry a row has now, and a row that was swept conflicts',
    async run(store) {
      await commitAll(store, insert('session', 'longer', sessionOf({ expiresAt: 10 })), insert('session', 'shorter', sessionOf({ expiresAt: 1_000 })))
      await commitAll(store, amend(await presentRow(store, 'session', 'longer'), { expiresAt: 1_000 }), amend(await presentRow(store, 'session', 'shorter'), { expiresAt: 10 }))
      const doomed = await presentRow(store, 'session', 'shorter')
      mustEqual(await store.sweep(10, 10), 1, 'the number of rows swept')
      mustEqual((await presentRow(store, 'session', 'longer')).expiresAt, 1_000, 'the row that was prolonged')
      mustEqual(await store.commit([amend(doomed, { expiresAt: 5_000 })]), 'conflict', 'replace of a row that was swept')
    },
  },
]
