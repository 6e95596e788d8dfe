import { find, type Consent, type Kind, type RefreshFamily, type Row, type Session, type Write } from '@latchkey/core'
import type { Store } from '../../ports/store.ts'
import { mustEqual } from './expectation.ts'

/** A consent with these members. */
export function consentOf(members: Partial<Consent> = {}): Consent {
  return { client_id: 'web', sub: 'alice', scope: ['openid'], grantedAt: 1_000, ...members }
}

/** A session with these members. */
export function sessionOf(members: Partial<Session> = {}): Session {
  return { sub: 'alice', sid: 'sid-1', auth_time: 1_000, amr: ['pwd'], createdAt: 1_000, expiresAt: 5_000, ...members }
}

/** A refresh-token family with these members. */
export function familyOf(members: Partial<RefreshFamily> = {}): RefreshFamily {
  return { client_id: 'web', authorization: 'a-1', sub: 'alice', scope: ['openid'], resource: [], generation: 1, startedAt: 1_000, expiresAt: 5_000, ...members }
}

/** Commits what must not conflict. */
export async function commitAll(store: Store, ...writes: readonly Write[]): Promise<void> {
  mustEqual(await store.commit(writes), 'committed', 'a commit that nothing stands against')
}

/** The row of this kind with this key, if there is one. */
export async function rowAt<K extends Kind>(store: Store, kind: K, key: string): Promise<Row<K> | undefined> {
  return (await store.gather({ row: find(kind, key) })).row as Row<K> | undefined
}

/** The row of this kind with this key, which must be there. */
export async function presentRow<K extends Kind>(store: Store, kind: K, key: string): Promise<Row<K>> {
  const row = await rowAt(store, kind, key)
  if (row === undefined) throw new Error(`the store lost ${kind} ${key}`)
  return row
}

/** The keys of rows, in order. */
export function keysOf(rows: readonly { readonly key: string }[]): readonly string[] {
  return rows.map(({ key }) => key).sort()
}
