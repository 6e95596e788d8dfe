import { among, amend, find, insert, type ReferenceToken } from '@latchkey/core'
import type { StoreCase } from './case.ts'
import { mustEqual } from './expectation.ts'
import { commitAll, consentOf, presentRow, sessionOf } from './records.ts'

const HOSTILE = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'key', 'kind', 'revision', 'record', '', ' ', '"', "'", '`', '\\', '$.a', '%', '_', '--', ';', '?1', ':a', '{}', '[0]', 'ß', 'é', 'e\u0301', '中', '\u{1F511}', '\u202e', '\t', '\n', '\r\n', '\u2028']
const LONG = 'latchkey 🔑 '.repeat(850)

function tokenOf(claims: string): ReferenceToken {
  return { client_id: 'web', claims: JSON.parse(claims) as Record<string, unknown>, expiresAt: 5_000 }
}

/** What comes back is what was given. */
export const roundTripCases: readonly StoreCase[] = [
  {
    name: 'values come back exactly: text, numbers, nesting, null, and members of hostile names',
    async run(store) {
      const members = HOSTILE.map((name) => `${JSON.stringify(name)}:${JSON.stringify(name)}`).join(',')
      const numbers = '[0,-1,1.5,1e-7,1e21,0.1,4294967296,9007199254740991,-9007199254740991,1.7976931348623157e308,5e-324]'
      const token = tokenOf(`{${members},"numbers":${numbers},"deep":{"__proto__":{"a":[[],{},[null,true,false,""]]}},"lone":"\\ud83d","nul":"a\\u0000b"}`)
      await commitAll(store, insert('access_token', 't', token))
      const row = await presentRow(store, 'access_token', 't')
      mustEqual(row.claims, token.claims, 'the claims')
      mustEqual(Object.getPrototypeOf(row.claims), Object.prototype, 'the prototype of the claims')
      mustEqual(Object.hasOwn({}, 'a'), false, 'a polluted prototype')
    },
  },
  {
    name: 'hostile keys and values are found as they are, and are not mixed up',
    async run(store) {
      for (const name of HOSTILE) await commitAll(store, insert('consent', name, consentOf({ sub: name, client_id: 'hostile' })))
      for (const name of HOSTILE) {
        const { row, all } = await store.gather({ row: find('consent', name), all: among('consent', 'sub', name) })
        mustEqual([row?.sub, row?.key], [name, name], `the row with the key ${JSON.stringify(name)}`)
        mustEqual(all, [row], `the rows with the value ${JSON.stringify(name)}`)
      }
      mustEqual((await store.gather({ all: among('consent', 'client_id', 'hostile') })).all.length, HOSTILE.length, 'the number of rows')
    },
  },
  {
    name: 'text of ten kilobytes comes back, as a value, an indexed value and a key that differ only at the end',
    async run(store) {
      const [one, other] = [`${LONG}1`, `${LONG}2`]
      await commitAll(store, insert('session', 's', sessionOf({ acr: LONG })), insert('consent', 'long', consentOf({ sub: 'x'.repeat(2_000) })))
      await commitAll(store, insert('consent', one.slice(-2_000), consentOf({ grantedAt: 1 })), insert('consent', other.slice(-2_000), consentOf({ grantedAt: 2 })))
      mustEqual((await presentRow(store, 'session', 's')).acr, LONG, 'the value')
      mustEqual((await store.gather({ all: among('consent', 'sub', 'x'.repeat(2_000)) })).all.length, 1, 'the rows with the indexed value')
      mustEqual((await presentRow(store, 'consent', other.slice(-2_000))).grantedAt, 2, 'the row with the key')
    },
  },
  {
    name: 'an optional member that is absent stays absent, and one that is added or left out follows',
    async run(store) {
      const { acr: _, ...without } = sessionOf({ acr: 'x' })
      await commitAll(store, insert('session', 's', without))
      const first = await presentRow(store, 'session', 's')
      mustEqual(Object.hasOwn(first, 'acr'), false, 'whether the member is there')
      await commitAll(store, amend(first, { acr: 'high' }))
      const second = await presentRow(store, 'session', 's')
      mustEqual(second.acr, 'high', 'the member that was added')
      await commitAll(store, { write: 'replace', kind: 'session', key: 's', revision: second.revision, record: without })
      mustEqual(Object.hasOwn(await presentRow(store, 'session', 's'), 'acr'), false, 'whether the member is there after it was left out')
    },
  },
  {
    name: 'nobody reaches the stored state through what was gathered or given',
    async run(store) {
      const scope = ['openid']
      const given = consentOf({ scope })
      const committing = commitAll(store, insert('consent', 'c', given))
      tamper(given)
      tamper(scope)
      await committing
      mustEqual((await presentRow(store, 'consent', 'c')).scope, ['openid'], 'after a change to what was given')
      const row = await presentRow(store, 'consent', 'c')
      tamper(row.scope)
      tamper(row)
      const listed = (await store.gather({ all: among('consent', 'sub', 'alice') })).all
      for (const each of listed) tamper(each.scope)
      const after = await presentRow(store, 'consent', 'c')
      mustEqual([after.scope, after.sub, after.revision], [['openid'], 'alice', row.revision], 'after a change to what was gathered')
    },
  },
]

/** Changes an object or a list; a store may as well have frozen it. */
function tamper(target: object): void {
  try {
    if (Array.isArray(target)) target.push('admin')
    else Object.assign(target, { sub: 'eve' })
  } catch {
    // Frozen.
  }
}
