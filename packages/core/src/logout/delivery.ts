import { type Attempt, attempt } from '../attempt.ts'
import type { Instant, Seconds } from '../brand.ts'
import { find } from '../needs.ts'
import { amend, type LogoutDelivery, type Participation, type Row, type Write } from '../records.ts'

/** For how long an attempt is the business of whoever began it: longer than it can take. */
const CLAIM: Seconds = 15
/** How long to wait after each attempt that failed. After the last there is no other. */
const BACK_OFF: readonly Seconds[] = [30, 120, 600, 1_800, 3_600, 7_200, 14_400]
/** A delivery is remembered for a day, however it went. */
const REMEMBERED: Seconds = 86_400

/** A delivery that begins now, in the hands of whoever writes it down. */
export function firstDelivery({ client_id, sid, sub }: Participation, now: Instant): LogoutDelivery {
  return { client_id, sid, sub, state: 'waiting', attempts: 1, nextAt: now + CLAIM, createdAt: now, expiresAt: now + REMEMBERED }
}

/** A delivery that is ours to attempt, or nothing when it is somebody else's or needs no more. */
export interface DeliveryClaim {
  readonly kind: 'delivery_claim'
  readonly delivery: LogoutDelivery | undefined
  readonly writes: readonly Write[]
}

/** Takes a delivery that is due, so that of several nodes one attempts it. */
export function claimDelivery(key: string): Attempt<DeliveryClaim> {
  return attempt({ row: find('logout_delivery', key) } as const, ({ row }, { now }): DeliveryClaim => {
    if (row === undefined || !isDue(row, now)) return { kind: 'delivery_claim', delivery: undefined, writes: [] }
    const changes = { attempts: row.attempts + 1, nextAt: now + CLAIM }
    return { kind: 'delivery_claim', delivery: { ...row, ...changes }, writes: [amend(row, changes)] }
  })
}

/** Whether a delivery waits for somebody to attempt it. */
export function isDue({ state, nextAt, expiresAt }: LogoutDelivery, now: Instant): boolean {
  return state === 'waiting' && nextAt <= now && expiresAt > now
}

/** How an attempt went: the status that the client answered, if it answered; `final` when another attempt could not do better. */
export interface DeliveryOutcome {
  readonly status?: number
  readonly final?: boolean
}

/** An attempt has been written down, or was overtaken by another. */
export interface DeliveryNote {
  readonly kind: 'delivery_note'
  readonly state: LogoutDelivery['state'] | undefined
  readonly writes: readonly Write[]
}

/** Writes down how an attempt went. @spec OpenID Connect Back-Channel Logout §2.8 */
export function noteDelivery(key: string, attempts: number, outcome: DeliveryOutcome): Attempt<DeliveryNote> {
  return attempt({ row: find('logout_delivery', key) } as const, ({ row }, { now }): DeliveryNote => {
    if (row === undefined || row.state !== 'waiting' || row.attempts !== attempts) return { kind: 'delivery_note', state: row?.state, writes: [] }
    const changes = changesBy(row, outcome, now)
    return { kind: 'delivery_note', state: changes.state, writes: [amend(row, changes)] }
  })
}

function changesBy({ attempts, nextAt }: Row<'logout_delivery'>, { status, final = false }: DeliveryOutcome, now: Instant): Pick<LogoutDelivery, 'state' | 'nextAt' | 'status'> {
  const told = status === undefined ? {} : { status }
  if (status !== undefined && status >= 200 && status < 300) return { state: 'delivered', nextAt, ...told }
  const pause = BACK_OFF[attempts - 1]
  return final || pause === undefined ? { state: 'failed', nextAt, ...told } : { state: 'waiting', nextAt: now + pause, ...told }
}
