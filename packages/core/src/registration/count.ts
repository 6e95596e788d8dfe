import type { Instant, Seconds } from '../brand.ts'
import { insert, type RegistrationCount, replace, type Row, type Write } from '../records.ts'

/** The key of the one row that counts registered clients. */
export const COUNT_KEY = 'clients'
const HOUR: Seconds = 3_600
/** Clients that are forgotten within one part of their lifetime are counted together. */
const PARTS = 24

/** How many there are now: those that have expired count no more, although nobody took them away. */
export interface Counted {
  readonly used: number
  readonly unused: ReadonlyMap<Instant, number>
  readonly hour: RegistrationCount['hour']
}

/** What the row says now. */
export function countedAt(row: RegistrationCount | undefined, now: Instant): Counted {
  const { used = 0, unused = [], hour } = row ?? {}
  const isThisHour = hour !== undefined && Math.abs(now - hour.from) < HOUR
  return { used, unused: new Map(unused.filter(([expiresAt]) => expiresAt > now)), hour: isThisHour ? hour : { from: now, count: 0 } }
}

/** How many registered clients there are. */
export function totalOf({ used, unused }: Counted): number {
  return [...unused.values()].reduce((sum, each) => sum + each, used)
}

/** When a client that registers now is forgotten if it is never used: at the end of a part of its lifetime, so that few numbers are kept. */
export function unusedEnd(now: Instant, lifetime: Seconds): Instant {
  const part = Math.max(1, Math.floor(lifetime / PARTS))
  return Math.ceil((now + lifetime) / part) * part
}

/** The count with one more or less that is never used until `expiresAt`, or, without that, of those that were used. */
export function adjusted(counted: Counted, expiresAt: Instant | undefined, by: 1 | -1): Counted {
  if (expiresAt === undefined) return { ...counted, used: Math.max(0, counted.used + by) }
  const count = Math.max(0, (counted.unused.get(expiresAt) ?? 0) + by)
  return { ...counted, unused: new Map([...new Map([...counted.unused, [expiresAt, count]])].filter(([, each]) => each > 0)) }
}

/** The write that keeps the count. It conflicts with every other, so that no two clients take one last place. */
export function keep(row: Row<'registration_count'> | undefined, { used, unused, hour }: Counted): Write {
  const record: RegistrationCount = { used, unused: [...unused], hour }
  return row === undefined ? insert('registration_count', COUNT_KEY, record) : replace(row, record)
}
