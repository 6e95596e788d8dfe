import { among, find, type Kind, type RecordNeed, type RecordNeeds, type Row, type Write } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import type { KnownRecords, Store } from '../ports/store.ts'
import { memoryStore } from './memory-store.ts'
import { storeContract, type OpenStore } from './store-contract.ts'

type Outcome = 'committed' | 'conflict'
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function current(store: Store, { kind, key }: Write): Promise<Row<Kind> | undefined> {
  return (await store.gather({ row: find(kind, key) })).row as Row<Kind> | undefined
}

/** The writes as if each had been decided on the rows as they are now. */
async function rebased(store: Store, writes: readonly Write[]): Promise<Write[]> {
  return Promise.all(
    writes.map(async (write) => {
      const row = await current(store, write)
      return write.write === 'insert' || row === undefined ? write : { ...write, revision: row.revision }
    }),
  )
}

/** Commits without a look at revisions. The soundness below is overcome by trying again. */
async function commitWhatever(sound: Store, writes: readonly Write[]): Promise<Outcome> {
  for (let tries = 0; tries < 60; tries++) if ((await sound.commit(await rebased(sound, writes))) === 'committed') return 'committed'
  return 'conflict'
}

/** A memory store with some of its methods broken. */
function broken(break_: (sound: Store) => Partial<Store>): OpenStore {
  return () => {
    const sound = memoryStore()
    return { ...sound, ...break_(sound) }
  }
}

function brokenCommit(commit: (sound: Store, writes: readonly Write[]) => Promise<Outcome>): OpenStore {
  return broken((sound) => ({ commit: (writes) => commit(sound, writes) }))
}

/** A memory store whose answers are changed on their way out. */
function brokenGather(change: (row: Row<Kind>, need: RecordNeed) => unknown): OpenStore {
  return broken((sound) => ({
    async gather<N extends RecordNeeds>(needs: N) {
      const known: Record<string, unknown> = { ...(await sound.gather(needs)) }
      for (const [name, need] of Object.entries(needs)) {
        const met = known[name]
        if (Array.isArray(met)) known[name] = met.map((row: Row<Kind>) => change(row, need)).filter((row) => row !== undefined)
        else if (met !== undefined) known[name] = change(met as Row<Kind>, need)
      }
      return known as KnownRecords<N>
    },
  }))
}

const copies = new WeakMap<object, object>()
const turns = new WeakMap<Store, Promise<Outcome>[]>()

/** Each flaw, how a store has it, and a case that must notice. */
const FLAWS: readonly (readonly [flaw: string, open: OpenStore, noticedBy: RegExp])[] = [
  ['does not compare revisions', brokenCommit(commitWhatever), /fifty commits that replace one row/],
  [
    'applies what fits up to the first conflict',
    brokenCommit(async (sound, writes) => {
      for (const write of writes) if ((await sound.commit([write])) === 'conflict') return 'conflict'
      return 'committed'
    }),
    /no\. 4 of 4 conflicts/,
  ],
  [
    'overwrites on insert',
    brokenCommit(async (sound, writes) => {
      const rows = await Promise.all(writes.map((write) => current(sound, write)))
      return sound.commit(writes.map((write, index) => (write.write === 'insert' && rows[index] ? ({ ...write, write: 'replace', revision: rows[index].revision } as Write) : write)))
    }),
    /insert conflicts with a row that exists/,
  ],
  [
    'looks first and writes later, with a pause between',
    brokenCommit(async (sound, writes) => {
      for (const write of writes) {
        const row = await current(sound, write)
        if (write.write === 'insert' ? row !== undefined : row?.revision !== write.revision) return 'conflict'
      }
      await turn()
      return sound.commit(await rebased(sound, writes))
    }),
    /fifty commits that replace one row/,
  ],
  ['has lost an index', brokenGather((row, { need }) => (need === 'among' && row.kind === 'consent' ? undefined : row)), /among answers all rows with the value/],
  [
    'does not follow changes in an index',
    broken((sound) => ({
      async gather<N extends RecordNeeds>(needs: N) {
        const known: Record<string, unknown> = { ...(await sound.gather(needs)) }
        for (const [name, need] of Object.entries(needs)) {
          if (need.need === 'among' && need.kind === 'session' && need.value === 'bob') known[name] = (await sound.gather({ all: among('session', 'sub', 'nobody') })).all
        }
        return known as KnownRecords<N>
      },
    })),
    /among follows changes/,
  ],
  [
    'gathers need by need',
    broken((sound) => ({
      async gather<N extends RecordNeeds>(needs: N) {
        const known: Record<string, unknown> = {}
        for (const name of Object.keys(needs)) {
          known[name] = (await sound.gather(needs))[name]
          await turn()
        }
        return known as KnownRecords<N>
      },
    })),
    /gather is one snapshot/,
  ],
  [
    'counts revisions from one again after a removal',
    broken((sound) => {
      const lives = new Map<string, number>()
      const name = (kind: Kind, key: string) => `${kind} ${key}`
      return {
        async gather<N extends RecordNeeds>(needs: N) {
          const known: Record<string, unknown> = { ...(await sound.gather(needs)) }
          for (const [each, met] of Object.entries(known)) {
            const row = met as Row<Kind> | undefined
            if (row !== undefined && !Array.isArray(met)) known[each] = { ...row, revision: lives.get(name(row.kind, row.key)) ?? 0 }
          }
          return known as KnownRecords<N>
        },
        async commit(writes) {
          const fits = writes.every((write) => write.write === 'insert' || write.revision === lives.get(name(write.kind, write.key)))
          const outcome = fits ? await sound.commit(await rebased(sound, writes)) : 'conflict'
          if (outcome === 'committed') {
            for (const write of writes) lives.set(name(write.kind, write.key), write.write === 'replace' ? write.revision + 1 : 1)
          }
          return outcome
        },
      }
    }),
    /removed and inserted again does not come back/,
  ],
  [
    'keeps the revision of a row that changes',
    brokenGather((row) => ({ ...row, revision: 1 })),
    /replace changes the row and its revision/,
  ],
  [
    'lets one conflict undo all commits of its turn',
    broken((sound) => ({
      async commit(writes) {
        const together = turns.get(sound) ?? []
        turns.set(sound, together)
        const outcome = sound.commit(writes).catch((): Outcome => 'conflict')
        together.push(outcome)
        await turn()
        const outcomes = await Promise.all(together)
        turns.delete(sound)
        return outcomes.includes('conflict') ? 'conflict' : 'committed'
      },
    })),
    /keep their own conflict/,
  ],
  ['reports conflicts that are none', brokenCommit((sound, writes) => (writes.length === 2 ? Promise.resolve('conflict') : sound.commit(writes))), /share no row are all committed/],
  [
    'takes two writes on one row',
    brokenCommit(async (sound, writes) => sound.commit(writes.filter((write, index) => writes.findIndex(({ kind, key }) => kind === write.kind && key === write.key) === index))),
    /writes one row twice/,
  ],
  [
    'answers before it has written',
    broken((sound) => ({
      commit(writes) {
        setTimeout(() => void sound.commit(writes).catch(() => undefined), 5)
        return Promise.resolve('committed')
      },
    })),
    /what is committed can be gathered at once/,
  ],
  ['treats expired rows as gone', brokenGather((row) => ((row.expiresAt ?? Infinity) < 10 ? undefined : row)), /an expired row is still a row/],
  [
    'hands out the stored objects',
    brokenGather((row) => {
      const copy = copies.get(row) ?? structuredClone(row)
      copies.set(row, copy)
      return copy
    }),
    /nobody reaches the stored state/,
  ],
  ['copies members by assignment', brokenGather((row) => JSON.parse(JSON.stringify(row), (name, value: unknown) => (name === '__proto__' ? undefined : value)) as unknown), /values come back exactly/],
  ['stores absent members as null', brokenGather((row) => (row.kind === 'session' ? { acr: null, ...row } : row)), /absent stays absent/],
  ['trims keys', broken((sound) => ({ commit: (writes) => sound.commit(writes.map((write) => ({ ...write, key: write.key.trim() }))) })), /hostile keys/],
  ['cuts long text', brokenGather((row) => JSON.parse(JSON.stringify(row), (_, value: unknown) => (typeof value === 'string' ? value.slice(0, 4_096) : value)) as unknown), /ten kilobytes/],
  ['sweeps only what expired before now', broken((sound) => ({ sweep: (now, limit) => sound.sweep(now - 1, limit) })), /at or before now/],
  ['sweeps without limit', broken((sound) => ({ sweep: (now) => sound.sweep(now, Infinity) })), /no more than its limit/],
  ['does not sweep', broken(() => ({ sweep: () => Promise.resolve(0) })), /at or before now/],
  [
    'finds the empty key behind nothing',
    broken((sound) => ({
      async gather<N extends RecordNeeds>(needs: N) {
        const known: Record<string, unknown> = { ...(await sound.gather(needs)) }
        for (const [name, need] of Object.entries(needs)) if (need.need === 'behind') known[name] ??= (await sound.gather({ row: find(need.kind, need.prefix) })).row
        return known as KnownRecords<N>
      },
    })),
    /behind finds nothing/,
  ],
]

async function failures(open: OpenStore, durable = false): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of storeContract(open, { durable })) await run().catch(() => failed.push(name))
  return failed
}

describe('the contract notices a store that', () => {
  it.each(FLAWS)('%s', async (_, open, noticedBy) => {
    expect(await failures(open)).toContainEqual(expect.stringMatching(noticedBy))
  })

  it('forgets, when it is said to be durable', async () => {
    expect(await failures(memoryStore, true)).toEqual([
      'what was committed is there when the place is opened again, at its revision',
      'close finishes the commits that were begun',
      expect.stringContaining('a revision does not come back'),
      expect.stringContaining('stores at one place'),
    ])
  })
})

describe('the contract', () => {
  it('finds nothing wrong with a sound store, wrapped as the flawed ones are', async () => {
    expect(await failures(broken(() => ({})))).toEqual([])
    expect(await failures(brokenGather((row) => ({ ...row })))).toEqual([])
    expect(await failures(brokenCommit((sound, writes) => sound.commit(writes)))).toEqual([])
  })

  it('names each case once', () => {
    const names = storeContract(memoryStore, { durable: true }).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
