import type { Behind, Kind, RecordNeed, RecordNeeds, Row, Write } from '@latchkey/core'
import type { KnownRecords, Store } from '../ports/store.ts'

type Rows = Map<string, Row<Kind>>

/** A store that forgets everything when the process ends: for tests, and as the shortest example of the contract. */
export function memoryStore(): Store {
  const tables = new Map<Kind, Rows>()
  let revision = 0
  const table = (kind: Kind): Rows => tables.get(kind) ?? tables.set(kind, new Map()).get(kind) ?? new Map()

  function fits(write: Write): boolean {
    const row = table(write.kind).get(write.key)
    return write.write === 'insert' ? row === undefined : row?.revision === write.revision
  }
  function apply(write: Write): void {
    if (write.write === 'remove') table(write.kind).delete(write.key)
    else table(write.kind).set(write.key, rowOf(write, ++revision))
  }
  function meet(need: RecordNeed, known: Record<string, unknown>): unknown {
    switch (need.need) {
      case 'find':
        return table(need.kind).get(need.key)
      case 'behind': {
        const key = keyBehind(need, known)
        return key === undefined ? undefined : table(need.kind).get(key)
      }
      case 'among':
        return [...table(need.kind).values()].filter((row) => Reflect.get(row, need.member) === need.value)
    }
  }

  return {
    gather<N extends RecordNeeds>(needs: N) {
      const known: Record<string, unknown> = {}
      for (const [name, need] of Object.entries(needs)) known[name] = meet(need, known)
      return Promise.resolve(known as KnownRecords<N>)
    },
    commit(writes) {
      if (new Set(writes.map(({ kind, key }) => `${kind} ${key}`)).size < writes.length) return Promise.reject(new TypeError('two writes of one commit are on the same row'))
      if (!writes.every(fits)) return Promise.resolve('conflict')
      writes.forEach(apply)
      return Promise.resolve('committed')
    },
    sweep(now, limit) {
      let swept = 0
      for (const rows of tables.values()) {
        for (const row of rows.values()) {
          if (swept >= limit) return Promise.resolve(swept)
          if (row.expiresAt === undefined || row.expiresAt > now) continue
          rows.delete(row.key)
          swept++
        }
      }
      return Promise.resolve(swept)
    },
    close: () => Promise.resolve(),
  }
}

function keyBehind(need: Behind, known: Record<string, unknown>): string | undefined {
  const via = known[need.via]
  const member: unknown = typeof via === 'object' && via !== null ? Reflect.get(via, need.member) : undefined
  return typeof member === 'string' ? need.prefix + member : undefined
}

/** The row as a store on disk would give it back; frozen, because all who gather it are given the same one. */
function rowOf({ kind, key, record }: Exclude<Write, { write: 'remove' }>, revision: number): Row<Kind> {
  const copy = JSON.parse(JSON.stringify(record), (_, value: unknown) => Object.freeze(value)) as object
  return Object.freeze({ ...copy, kind, key, revision }) as Row<Kind>
}
