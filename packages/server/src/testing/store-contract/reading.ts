import { among, amend, behind, find, insert, remove } from '@latchkey/core'
import type { Store } from '../../ports/store.ts'
import type { StoreCase } from './case.ts'
import { mustEqual } from './expectation.ts'
import { commitAll, consentOf, familyOf, keysOf, presentRow, sessionOf } from './records.ts'

/** What `gather` must answer. */
export const readingCases: readonly StoreCase[] = [
  {
    name: 'find answers the row with its kind, key and revision, and undefined where there is none',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf()))
      const { here, missing, otherKind } = await store.gather({ here: find('session', 's'), missing: find('session', 'S'), otherKind: find('consent', 's') })
      mustEqual(here, { ...sessionOf(), kind: 'session', key: 's', revision: here?.revision }, 'the row')
      mustEqual(typeof here?.revision, 'number', 'the type of its revision')
      mustEqual([missing, otherKind], [undefined, undefined], 'rows that do not exist')
    },
  },
  {
    name: 'gather answers nothing when nothing is needed',
    async run(store) {
      mustEqual(await store.gather({}), {}, 'no needs')
    },
  },
  {
    name: 'an expired row is still a row',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf({ expiresAt: 1 })))
      mustEqual((await presentRow(store, 'session', 's')).expiresAt, 1, 'its expiry')
    },
  },
  {
    name: 'behind follows a member of another row, behind a prefix, and from one to the next',
    async run(store) {
      await commitAll(
        store,
        insert('session', 's', sessionOf({ sid: 'f' })),
        insert('refresh_token', 'family f', familyOf({ authorization: 'c' })),
        insert('consent', 'c', consentOf({ scope: ['deep'] })),
      )
      const { family, consent } = await store.gather({
        session: find('session', 's'),
        family: behind('refresh_token', 'session', 'sid', 'family '),
        consent: behind('consent', 'family', 'authorization'),
      })
      mustEqual(family?.key, 'family f', 'the row behind the session')
      mustEqual(consent?.scope, ['deep'], 'the row behind that')
    },
  },
  {
    name: 'behind finds nothing through a missing row, an absent member or one that is no text, whatever keys exist',
    async run(store) {
      const keys = ['', 'p ', 'p undefined', 'undefined', 'p null', '1000', 'p 1000']
      await commitAll(store, insert('session', 's', sessionOf()), ...keys.map((key) => insert('consent', key, consentOf())))
      const { a, b, c, d } = await store.gather({
        missing: find('session', 'none'),
        session: find('session', 's'),
        a: behind('consent', 'missing', 'sub', 'p '),
        b: behind('consent', 'session', 'acr', 'p '),
        c: behind('consent', 'session', 'auth_time', 'p '),
        d: behind('consent', 'a', 'sub'),
      })
      mustEqual([a, b, c, d], [undefined, undefined, undefined, undefined], 'rows behind nothing')
    },
  },
  {
    name: 'among answers all rows with the value and no other, by each index of its own',
    async run(store) {
      await commitAll(
        store,
        insert('consent', '1', consentOf({ sub: 'alice', client_id: 'web' })),
        insert('consent', '2', consentOf({ sub: 'alice', client_id: 'app' })),
        insert('consent', '3', consentOf({ sub: 'Alice', client_id: 'alice' })),
        insert('session', '4', sessionOf({ sub: 'alice' })),
      )
      const known = await store.gather({ bySub: among('consent', 'sub', 'alice'), byClient: among('consent', 'client_id', 'web'), none: among('consent', 'sub', 'bob') })
      mustEqual([keysOf(known.bySub), keysOf(known.byClient), known.none], [['1', '2'], ['1'], []], 'rows by sub, by client, and of nobody')
      mustEqual(known.byClient[0], await presentRow(store, 'consent', '1'), 'a row found by an index')
    },
  },
  {
    name: 'among follows changes: a row leaves the value it had, and comes to the one it has',
    async run(store) {
      await commitAll(store, insert('session', 's', sessionOf({ sub: 'alice' })), insert('session', 't', sessionOf({ sub: 'alice' })))
      await commitAll(store, amend(await presentRow(store, 'session', 's'), { sub: 'bob' }), remove(await presentRow(store, 'session', 't')))
      const { alice, bob } = await store.gather({ alice: among('session', 'sub', 'alice'), bob: among('session', 'sub', 'bob') })
      mustEqual([keysOf(alice), keysOf(bob)], [[], ['s']], 'the sessions of alice and bob')
    },
  },
  {
    name: 'among answers a thousand rows, each once',
    async run(store) {
      const keys = Array.from({ length: 1_000 }, (_, index) => `row ${index}`).sort()
      await commitAll(store, ...keys.map((key) => insert('refresh_token', key, familyOf({ authorization: 'many' }))))
      const { many } = await store.gather({ many: among('refresh_token', 'authorization', 'many') })
      mustEqual(keysOf(many), keys, 'the keys')
    },
  },
  {
    name: 'gather is one snapshot, also while others commit',
    async run(store) {
      await commitAll(store, insert('session', 'x', sessionOf({ createdAt: 0 })), insert('consent', 'y', consentOf({ grantedAt: 0 })))
      let finished = false
      const writing = writeTogether(store, 60).finally(() => (finished = true))
      const reading = readTogether(store, () => finished)
      for (const part of await Promise.allSettled([writing, reading])) if (part.status === 'rejected') throw part.reason
    },
  },
]

async function writeTogether(store: Store, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const { x, y } = await store.gather({ x: find('session', 'x'), y: find('consent', 'y') })
    if (x === undefined || y === undefined) throw new Error('the store lost a row')
    await commitAll(store, amend(x, { createdAt: round }), amend(y, { grantedAt: round }))
    if (round % 5 === 0) await timePasses()
  }
}

async function readTogether(store: Store, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { x, y, listed } = await store.gather({ x: find('session', 'x'), y: find('consent', 'y'), listed: among('session', 'sub', 'alice') })
    mustEqual([y?.grantedAt, listed[0]?.createdAt], [x?.createdAt, x?.createdAt], 'members that always change together')
    await timePasses()
  }
}

function timePasses(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
