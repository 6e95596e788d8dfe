import type { Kind, RecordNeeds, Row } from '@latchkey/core'
import type { KnownRecords } from '@latchkey/server'
import type { Columns, Line } from './line.ts'
import { named, questionsOf } from './questions.ts'
import { textOf, valueOf } from './stored-text.ts'

/** Answers needs, as one snapshot in one round trip, over whichever line has the least to do. */
export function reader(lines: readonly [Line, ...Line[]], schema: string): <N extends RecordNeeds>(needs: N) => Promise<KnownRecords<N>> {
  const ask = questionsOf(schema)
  return async <N extends RecordNeeds>(needs: N) => {
    const wanted = named(needs)
    if (wanted.length === 0) return {} as KnownRecords<N>
    const question = ask(wanted)
    const line = lines.reduce((one, other) => (other.waiting < one.waiting ? other : one))
    const known: Record<string, unknown> = Object.fromEntries(wanted.map(([name, need]) => [name, need.need === 'among' ? [] : undefined]))
    for (const columns of await line.ask(question)) {
      const [name, need] = wanted[Number(columns[0])] ?? []
      if (name === undefined || need === undefined) continue
      const row = rowOf(need.kind, columns)
      const all = known[name]
      if (Array.isArray(all)) all.push(row)
      else known[name] = row
    }
    return known as KnownRecords<N>
  }
}

function rowOf(kind: Kind, [, key, revision, record]: Columns): Row<Kind> {
  return Object.assign(valueOf(record ?? '{}') as object, { kind, key: textOf(key ?? ''), revision: Number(revision) }) as Row<Kind>
}
