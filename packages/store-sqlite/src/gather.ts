import type { Behind, Kind, RecordNeed, RecordNeeds, Row } from '@latchkey/core'
import type { KnownRecords } from '@latchkey/server'
import type { Database } from 'better-sqlite3'
import type { Table, Tables } from './tables.ts'
import { readTransaction } from './transaction.ts'

/** Answers needs as one snapshot. A single need is one statement, which is a snapshot by itself. */
export function reader(database: Database, tables: Tables): <N extends RecordNeeds>(needs: N) => KnownRecords<N> {
  const snapshot = readTransaction(database)

  function meetAll(needs: RecordNeeds, names: readonly string[]): Record<string, unknown> {
    const known: Record<string, unknown> = {}
    for (const name of names) {
      const need = needs[name]
      if (need !== undefined) known[name] = meet(tables, need, known)
    }
    return known
  }

  return <N extends RecordNeeds>(needs: N) => {
    const names = Object.keys(needs)
    const known = names.length > 1 ? snapshot(() => meetAll(needs, names)) : meetAll(needs, names)
    return known as KnownRecords<N>
  }
}

function meet(tables: Tables, need: RecordNeed, known: Readonly<Record<string, unknown>>): unknown {
  const table = tables.get(need.kind)
  if (table === undefined) throw new TypeError(`no records are of the kind ${need.kind}`)
  switch (need.need) {
    case 'find':
      return find(table, need.key)
    case 'behind': {
      const key = keyBehind(need, known)
      return key === undefined ? undefined : find(table, key)
    }
    case 'among': {
      const among = table.among.get(need.member)
      if (among === undefined) throw new TypeError(`${need.kind} has no index on ${need.member}`)
      return among.all(need.value).map(([revision, record, key]) => row(table.kind, key, revision, record))
    }
  }
}

function find(table: Table, key: string): Row<Kind> | undefined {
  const found = table.find.get(key)
  return found === undefined ? undefined : row(table.kind, key, found[0], found[1])
}

function row(kind: Kind, key: string, revision: number, record: string): Row<Kind> {
  return Object.assign(JSON.parse(record) as object, { kind, key, revision }) as Row<Kind>
}

function keyBehind(need: Behind, known: Readonly<Record<string, unknown>>): string | undefined {
  const via = known[need.via]
  const member: unknown = typeof via === 'object' && via !== null ? Reflect.get(via, need.member) : undefined
  return typeof member === 'string' ? need.prefix + member : undefined
}
