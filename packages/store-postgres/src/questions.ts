import type { RecordNeed, RecordNeeds } from '@latchkey/core'
import type { Question } from './line.ts'
import { columnOf, tableOf } from './schema.ts'
import { storedText } from './stored-text.ts'

/** Statements that are kept prepared at most; needs have few shapes, since they are written in the source. */
const MOST_PREPARED = 500

/**
 * Turns needs into one statement, which is one snapshot and one round trip. Each row of its answer is the place of its need, then key, revision and record.
 * Needs of one shape share a statement, which is prepared once a connection.
 */
export function questionsOf(schema: string): (needs: readonly (readonly [name: string, need: RecordNeed])[]) => Question {
  const prepared = new Map<string, { readonly name: string; readonly text: string }>()
  return (needs) => {
    const shape = shapeOf(needs)
    let statement = prepared.get(shape)
    if (statement === undefined) {
      statement = { name: `gather_${prepared.size}`, text: textOf(schema, needs) }
      if (prepared.size < MOST_PREPARED) prepared.set(shape, statement)
      else return { text: statement.text, values: valuesOf(needs) }
    }
    return { ...statement, values: valuesOf(needs) }
  }
}

type Named = readonly (readonly [name: string, need: RecordNeed])[]

function valuesOf(needs: Named): readonly string[] {
  return needs.map(([, need]) => storedText(need.need === 'find' ? need.key : need.need === 'behind' ? need.prefix : need.value))
}

function shapeOf(needs: Named): string {
  const shapes = needs.map(([, need]) => {
    switch (need.need) {
      case 'find':
        return [need.kind]
      case 'among':
        return [need.kind, need.member]
      case 'behind':
        return [need.kind, need.member, needs.findIndex(([name]) => name === need.via)]
    }
  })
  return JSON.stringify(shapes)
}

function textOf(schema: string, needs: Named): string {
  const places = new Map(needs.map(([name], place) => [name, place]))
  const behinds = needs.flatMap(([, need]) => (need.need === 'behind' ? [need.via] : []))
  const queries = needs.map(([, need], place) => queryOf(schema, need, place, places))
  // What others look behind comes first, and is run once. A find may be named after what looks behind it.
  const order = [...needs.keys()].sort((one, other) => Number(needs[one]?.[1].need === 'behind') - Number(needs[other]?.[1].need === 'behind'))
  const parts = order.filter((place) => behinds.includes(needs[place]?.[0] ?? '')).map((place) => `need_${place} AS (${queries[place]})`)
  const answers = needs.map(([name], place) => (behinds.includes(name) ? `SELECT ${place} AS place, key, revision, record FROM need_${place}` : `SELECT ${place} AS place, ${queries[place]?.slice('SELECT '.length)}`))
  return `${parts.length === 0 ? '' : `WITH ${parts.join(', ')} `}${answers.join(' UNION ALL ')}`
}

function queryOf(schema: string, need: RecordNeed, place: number, places: ReadonlyMap<string, number>): string {
  const from = `SELECT row.key, row.revision, row.record FROM ${tableOf(schema, need.kind)} row`
  const value = `$${place + 1}::text`
  switch (need.need) {
    case 'find':
      return `${from} WHERE row.key = ${value}`
    case 'among':
      return `${from} WHERE ${columnOf(need.kind, need.member)} = ${value}`
    case 'behind': {
      const member = `'${need.member.replaceAll("'", "''")}'`
      const text = `CASE json_typeof(via.record -> ${member}) WHEN 'string' THEN via.record ->> ${member} END`
      return `${from} JOIN need_${places.get(need.via)} via ON row.key = ${value} || ${text}`
    }
  }
}

/** The needs with their names, in order. */
export function named(needs: RecordNeeds): Named {
  return Object.entries(needs)
}
