import { among, amend, find, insert, remove } from '@latchkey/core'
import type { StoreCase } from './case.ts'
import { mustEqual, tally } from './expectation.ts'
import { commitAll, consentOf, familyOf, presentRow, sessionOf } from './records.ts'

/** What a store must do whose place can be opened again, or twice at once. */
export const durabilityCases: readonly StoreCase[] = [
  {
    name: 'what was committed is there when the place is opened again, at its revision',
    async run(store, openAgain) {
      await commitAll(store, insert('session', 'kept', sessionOf()), insert('session', 'gone', sessionOf()))
      await commitAll(store, amend(await presentRow(store, 'session', 'kept'), { acr: 'high' }), remove(await presentRow(store, 'session', 'gone')))
      const kept = await presentRow(store, 'session', 'kept')
      await store.close()
      const again = await openAgain()
      const after = await again.gather({ kept: find('session', 'kept'), gone: find('session', 'gone'), listed: among('session', 'sub', 'alice') })
      mustEqual(after, { kept, gone: undefined, listed: [kept] }, 'the rows')
      await commitAll(again, amend(kept, { acr: 'higher' }))
    },
  },
  {
    name: 'close finishes the commits that were begun',
    async run(store, openAgain) {
      const committing = store.commit([insert('session', 's', sessionOf())])
      await store.close()
      mustEqual(await committing, 'committed', 'the outcome')
      await presentRow(await openAgain(), 'session', 's')
    },
  },
  {
    name: 'a revision does not come back after the place is opened again',
    async run(store, openAgain) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const old = await presentRow(store, 'session', 's')
      await commitAll(store, remove(old))
      await store.close()
      const again = await openAgain()
      await commitAll(again, insert('session', 's', sessionOf()))
      mustEqual(await again.commit([amend(old, { acr: 'stale' })]), 'conflict', 'replace at a revision of an earlier life')
    },
  },
  {
    name: 'stores at one place see what each other committed, and race for a row as one',
    async run(store, openAgain) {
      const stores = [store, await openAgain(), await openAgain()]
      await commitAll(store, insert('refresh_token', 'f', familyOf({ generation: 0 })))
      for (let round = 1; round <= 20; round++) {
        // All have read before the first commits, however long a store takes to connect.
        const racers = await Promise.all(stores.map(async (each) => ({ each, row: await presentRow(each, 'refresh_token', 'f') })))
        const outcomes = await Promise.all(racers.map(({ each, row }, racer) => each.commit([insert('consent', `${round} ${racer}`, consentOf({ sub: 'racer' })), amend(row, { generation: round })])))
        mustEqual(tally(outcomes), { committed: 1, conflict: 2 }, 'the outcomes')
      }
      for (const each of stores) {
        const { family, won } = await each.gather({ family: find('refresh_token', 'f'), won: among('consent', 'sub', 'racer') })
        mustEqual([family?.generation, won.length], [20, 20], 'the last generation and the number of winners')
      }
    },
  },
]
