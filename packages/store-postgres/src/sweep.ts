import type { Line } from './line.ts'
import { EXPIRY, KINDS, tableOf } from './schema.ts'

/** So many rows go in one transaction: few enough that nobody waits long behind it. */
const BATCH = 250

/** Removes what has expired, in small transactions, around rows that somebody else is changing or sweeping. */
export function sweeper(openLine: () => Line, schema: string): (now: number, limit: number) => Promise<number> {
  return async (now, limit) => {
    const line = openLine()
    let swept = 0
    try {
      for (const kind of KINDS) {
        const table = tableOf(schema, kind)
        const text = `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${EXPIRY} <= $1::double precision LIMIT $2::integer FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) FROM gone`
        for (let full = true; full && swept < limit; ) {
          const batch = Math.min(BATCH, limit - swept)
          const [answer] = await line.ask({ text, values: [now, batch] })
          const count = Number(answer?.[0] ?? 0)
          swept += count
          full = count === batch
        }
      }
    } finally {
      await line.end()
    }
    return swept
  }
}
