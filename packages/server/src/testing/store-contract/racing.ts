import { among, amend, find, insert, remove } from '@latchkey/core'
import type { StoreCase } from './case.ts'
import { mustEqual, tally } from './expectation.ts'
import { commitAll, consentOf, familyOf, keysOf, presentRow, rowAt, sessionOf } from './records.ts'

const FIFTY = Array.from({ length: 50 }, (_, index) => index)

/** What commits that meet must do. */
export const racingCases: readonly StoreCase[] = [
  {
    name: 'of fifty commits that replace one row at one revision, exactly one is committed, with all it brings',
    async run(store) {
      await commitAll(store, insert('refresh_token', 'f', familyOf()))
      const row = await presentRow(store, 'refresh_token', 'f')
      const outcomes = await Promise.all(FIFTY.map((n) => store.commit([insert('consent', `by ${n}`, consentOf({ sub: 'racer' })), amend(row, { generation: n + 2 })])))
      mustEqual(tally(outcomes), { committed: 1, conflict: 49 }, 'the outcomes')
      const winner = outcomes.indexOf('committed')
      const after = await store.gather({ family: find('refresh_token', 'f'), won: among('consent', 'sub', 'racer') })
      mustEqual([after.family?.generation, keysOf(after.won)], [winner + 2, [`by ${winner}`]], 'what the winner wrote')
    },
  },
  {
    name: 'of fifty commits that insert one row, exactly one is committed',
    async run(store) {
      const outcomes = await Promise.all(FIFTY.map((n) => store.commit([insert('consent', 'c', consentOf({ grantedAt: n }))])))
      mustEqual(tally(outcomes), { committed: 1, conflict: 49 }, 'the outcomes')
      mustEqual((await presentRow(store, 'consent', 'c')).grantedAt, outcomes.indexOf('committed'), 'the row of the winner')
    },
  },
  {
    name: 'of fifty commits that remove one row, exactly one is committed',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const row = await presentRow(store, 'session', 's')
      mustEqual(tally(await Promise.all(FIFTY.map(() => store.commit([remove(row)])))), { committed: 1, conflict: 49 }, 'the outcomes')
      mustEqual(await rowAt(store, 'session', 's'), undefined, 'the row')
    },
  },
  {
    name: 'fifty racers that gather, decide and commit at their own pace never lose an update',
    async run(store) {
      await commitAll(store, insert('refresh_token', 'f', familyOf({ generation: 0 })))
      let won = 0
      await Promise.all(
        FIFTY.map(async (n) => {
          for (let round = 0; round < 3; round++) {
            const row = await presentRow(store, 'refresh_token', 'f')
            if (n % 2 === 0) await new Promise((resolve) => setTimeout(resolve, n % 5))
            if ((await store.commit([amend(row, { generation: row.generation + 1 })])) === 'committed') won++
          }
        }),
      )
      mustEqual((await presentRow(store, 'refresh_token', 'f')).generation, won, 'as many changes as were committed')
    },
  },
  {
    name: 'commits that share no row are all committed, though they arrive together',
    async run(store) {
      const outcomes = await Promise.all(Array.from({ length: 300 }, (_, n) => store.commit([insert('session', `s${n}`, sessionOf({ sub: 'crowd' })), insert('consent', `c${n}`, consentOf())])))
      mustEqual(tally(outcomes), { committed: 300 }, 'the outcomes')
      mustEqual((await store.gather({ all: among('session', 'sub', 'crowd') })).all.length, 300, 'the number of rows')
    },
  },
  {
    name: 'commits that arrive in one turn each keep their own conflict',
    async run(store) {
      await commitAll(store, insert('consent', 'taken', consentOf()))
      const outcomes = await Promise.all([
        store.commit([insert('session', 'a', sessionOf())]),
        store.commit([insert('session', 'b', sessionOf()), insert('consent', 'taken', consentOf())]),
        store.commit([insert('session', 'c', sessionOf()), insert('session', 'd', sessionOf())]),
        store.commit([insert('consent', 'taken', consentOf())]),
        store.commit([insert('session', 'e', sessionOf())]),
      ])
      mustEqual(outcomes, ['committed', 'conflict', 'committed', 'conflict', 'committed'], 'the outcomes')
      const { all } = await store.gather({ all: among('session', 'sub', 'alice') })
      mustEqual(keysOf(all), ['a', 'c', 'd', 'e'], 'the rows')
    },
  },
  {
    name: 'a mistake in one commit does not reach others that arrive in the same turn',
    async run(store) {
      const [one, mistake, other] = await Promise.allSettled([
        store.commit([insert('session', 'a', sessionOf())]),
        store.commit([insert('session', 'x', sessionOf()), insert('session', 'x', sessionOf())]),
        store.commit([insert('session', 'b', sessionOf())]),
      ])
      mustEqual([one.status, mistake.status, other.status], ['fulfilled', 'rejected', 'fulfilled'], 'the outcomes')
      mustEqual(keysOf((await store.gather({ all: among('session', 'sub', 'alice') })).all), ['a', 'b'], 'the rows')
    },
  },
  {
    name: 'what is committed can be gathered at once',
    async run(store) {
      await Promise.all(
        FIFTY.map(async (n) => {
          await commitAll(store, insert('session', `s${n}`, sessionOf()))
          await presentRow(store, 'session', `s${n}`)
        }),
      )
    },
  },
]
