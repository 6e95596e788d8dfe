import { INDEXED, type Kind } from '@latchkey/core'

/** All kinds of records; each has a table of its own. */
export const KINDS = Object.keys(INDEXED) as readonly Kind[]

/** The name as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The table of a kind. Throws TypeError when no records are of the kind. */
export function tableOf(schema: string, kind: Kind): string {
  if (!KINDS.includes(kind)) throw new TypeError(`no records are of the kind ${kind}`)
  return `${quoted(schema)}.${quoted(kind)}`
}

/** The indexed member of a record, as an expression that its index has. Throws TypeError when there is no such index. */
export function columnOf(kind: Kind, member: string): string {
  if (!(INDEXED[kind] as readonly string[]).includes(member)) throw new TypeError(`${kind} has no index on ${member}`)
  return `((record ->> '${member}') COLLATE "C")`
}

/** When a record expires, as an expression that its index has. */
export const EXPIRY = `((record ->> 'expiresAt')::double precision)`

/** The table of a kind, in SQL. Records are `json`, which keeps the text as it was written, and lets indexes look inside. */
export function creationOf(schema: string, kind: Kind): string {
  return `CREATE TABLE ${tableOf(schema, kind)} (key text COLLATE "C" NOT NULL PRIMARY KEY, revision bigint NOT NULL, record json NOT NULL)`
}

/** An index, and what it is on, in SQL. */
export interface Index {
  readonly name: string
  readonly on: string
}

/** The indexes of a kind, besides that of its key. They look into the record, so that a program which knows fewer of them keeps them up all the same. */
export function indexesOf(schema: string, kind: Kind): readonly Index[] {
  const on = (expression: string) => `${tableOf(schema, kind)} (${expression})`
  return [{ name: `${kind}_expires_at`, on: on(EXPIRY) }, ...INDEXED[kind].map((member) => ({ name: `${kind}_${member}`, on: on(columnOf(kind, member)) }))]
}
