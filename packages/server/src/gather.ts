import { type Known, type Need, type Needs, type RecordNeed, type RecordNeeds, sameDigest } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'

const NOTHING = Object.freeze({})

/** The store or another port did not answer, or did not let us win in time. Nothing was handed out. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** The answer of a port; its fault becomes {@link StoreUnavailable}. */
export async function reached<T>(ask: () => Promise<T> | T): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new StoreUnavailable('the store did not answer', { cause })
  }
}

/** Meets all needs of a decision: rows from the store as one snapshot, accounts from the users port, seals from the keys. */
export async function gather<N extends Needs>(needs: N, server: AuthorizationServer): Promise<Known<N>> {
  const named = Object.entries(needs)
  if (named.length === 0) return NOTHING as Known<N>
  const rows = Object.fromEntries(named.filter((entry): entry is [string, RecordNeed] => isRecordNeed(entry[1])))
  const known: Record<string, unknown> = { ...(await reached(() => server.store.gather<RecordNeeds>(rows))) }
  for (const [name, need] of named) {
    if (need.need === 'sealed') known[name] = need.text !== '' && sameDigest(server.keys.seal(need.text), need.seal)
    if (need.need === 'account') known[name] = await reached(() => accountBehind(known[need.via], server))
  }
  return known as Known<N>
}

function isRecordNeed(need: Need): need is RecordNeed {
  return need.need === 'find' || need.need === 'behind' || need.need === 'among'
}

function accountBehind(row: unknown, server: AuthorizationServer) {
  const sub: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'sub') : undefined
  return typeof sub === 'string' ? server.users.find(sub) : undefined
}
