import type { PendingAuthorization, RelyingParty } from '@latchkey/client/parts'
import { parseStored } from './stored-record.ts'
import { guard, withLock } from './token-store.ts'

/** How a sign-in comes back other than by the page that takes responses: to a popup or frame, or without the user having asked for it. */
export type Aside = 'awaited' | 'unasked'

/** A sign-in that has left and not come back. */
export interface Transaction {
  readonly pending: PendingAuthorization
  readonly returnTo: string
  readonly appState?: unknown
  /** The response is not for the page that it comes to: another window waits for it, or the user never asked for it. */
  readonly aside?: Aside | undefined
}

const PREFIX = 'latchkey.sign-in.'
const MOST = 20

/** Keeps a transaction under its state; the oldest give way when there are too many. */
export async function keepTransaction(transaction: Transaction): Promise<void> {
  const kept = guard(() => Object.keys(localStorage).filter(key => key.startsWith(PREFIX)))
  if (kept.length >= MOST) await import('./oldest-transactions.ts').then(({ forgetOldest }) => forgetOldest(kept, MOST - 1))
  guard(() => localStorage.setItem(PREFIX + transaction.pending.state, JSON.stringify(transaction)))
}

const DEPARTURES = 'latchkey.departures'

/** Notes that a sign-in leaves, and answers how many have left this tab in the last half minute: an application that redirects in a loop. */
export function countDepartures(now: number): number {
  return guard(() => {
    const recent = (sessionStorage.getItem(DEPARTURES) ?? '').split(' ').filter(moment => moment !== '' && now - Number(moment) < 30)
    sessionStorage.setItem(DEPARTURES, [...recent.slice(-MOST), now].join(' '))
    return recent.length + 1
  })
}

/** Looks at the transaction of a state, which stays where it is. */
export function findTransaction(state: string): Transaction | undefined {
  return guard(() => parseTransaction(localStorage.getItem(PREFIX + state)))
}

/** Takes the transaction of a state away, so that nobody else can; leaves it when it is another issuer's or client's. */
export function claimTransaction(state: string, { issuer, clientId }: RelyingParty): Promise<Transaction | 'foreign' | undefined> {
  return withLock(PREFIX + state, async () => {
    const transaction = findTransaction(state)
    if (transaction === undefined) return undefined
    if (transaction.pending.issuer !== issuer || transaction.pending.client_id !== clientId) return 'foreign'
    guard(() => localStorage.removeItem(PREFIX + state))
    return transaction
  })
}

function parseTransaction(text: string | null): Transaction | undefined {
  return parseStored(text, 'pending')
}
