import { among, find, type Write } from '@latchkey/core'
import type { Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { describe, expect, it } from 'vitest'
import { browserFor } from './browser.ts'
import { dawdling } from './dawdling.ts'
import { ISSUER, type Issuer, testIssuer } from './issuer.ts'
import { isAlive, refreshing, signedIn, tokenRequest, type Tokens } from './tokens.ts'

const PAIRS = 1_000

/** A store with the guard removed: a revocation takes away the refresh token alone, and a rotation puts it back. */
function forgetful(inner: Store): Store {
  const unguarded = async (write: Write): Promise<readonly Write[]> => {
    if (write.write === 'replace' && write.kind === 'authorization' && write.record.revokedAt !== undefined) {
      const { families } = await inner.gather({ families: among('refresh_token', 'authorization', write.key) })
      return families.map(({ kind, key, revision }) => ({ write: 'remove', kind, key, revision }))
    }
    if (write.write !== 'replace' || write.kind !== 'refresh_token') return [write]
    const { row } = await inner.gather({ row: find('refresh_token', write.key) })
    return [row === undefined ? { ...write, write: 'insert' } : { ...write, revision: row.revision }]
  }
  return { ...inner, commit: async (writes) => inner.commit((await Promise.all(writes.map(unguarded))).flat()) }
}

interface Outcome {
  readonly refreshed: boolean
  /** Which tokens of the family are still good after the revocation was answered 200. */
  readonly alive: readonly string[]
}

/** A revocation and a refresh at once with one token, and what is left. */
async function pair(issuer: Issuer, first: Tokens): Promise<Outcome> {
  const body = new URLSearchParams({ token: first.refresh_token, client_id: 'spa' })
  const [revoked, answer] = await Promise.all([
    issuer.fetch(new Request(`${ISSUER}/revoke`, { method: 'POST', body })),
    issuer.fetch(tokenRequest(refreshing(first.refresh_token))),
  ])
  expect(revoked.status).toBe(200)
  const next = answer.status === 200 ? ((await answer.json()) as Tokens) : undefined
  if (next === undefined) expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_grant'])
  const alive: string[] = []
  for (const tokens of [first, ...(next === undefined ? [] : [next])]) {
    if (await isAlive(issuer, tokens.access_token)) alive.push('access token')
    if ((await issuer.fetch(tokenRequest(refreshing(tokens.refresh_token)))).status === 200) alive.push('refresh token')
  }
  return { refreshed: next !== undefined, alive }
}

async function pairs(store: Store, count: number): Promise<readonly Outcome[]> {
  const issuer = testIssuer({ store, algorithms: ['ES256'] })
  const browser = browserFor(issuer)
  const outcomes: Outcome[] = []
  for (let round = 0; round < count; round++) outcomes.push(await pair(issuer, await signedIn(issuer, {}, browser)))
  return outcomes
}

describe('F14 revocation and refresh with one token at once', () => {
  it(`leaves nothing alive in ${PAIRS} pairs, whichever won`, async () => {
    const outcomes = await pairs(dawdling(memoryStore()), PAIRS)
    expect(outcomes.filter(({ alive }) => alive.length > 0)).toEqual([])
    const won = outcomes.filter(({ refreshed }) => refreshed).length
    expect(won).toBeGreaterThan(0)
    expect(won).toBeLessThan(PAIRS)
  })
  it('would be noticed: what is revoked by its row alone stays alive each time, and a rotation can put the refresh token back', async () => {
    const outcomes = await pairs(forgetful(dawdling(memoryStore())), 50)
    expect(outcomes.filter(({ alive }) => alive.length === 0)).toEqual([])
    expect(outcomes.some(({ alive }) => alive.includes('refresh token'))).toBe(true)
  })
})
