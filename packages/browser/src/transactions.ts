import { isJsonRecord, type PendingAuthorization } from '@latchkey/client/parts'
import { parseStored } from './stored-record.ts'
import { guard, withLock } from './token-store.ts'

/** A sign-in that has left and not come back. */
export interface Transaction {
  readonly pending: PendingAuthorization
  readonly returnTo: string
  readonly appState?: unknown
}

const PREFIX = 'latchkey.sign-in.'
const LIFETIME = 3600
const MOST = 20

/** Keeps a transaction under its state, for an hour; the oldest give way when there are too many. */
export function keepTransaction(transaction: Transaction, now: number): void {
  guard(() => {
    const kept = Object.keys(localStorage).filter(key => key.startsWith(PREFIX)).map(key => ({ key, createdAt: parseTransaction(localStorage.getItem(key))?.pending.createdAt ?? 0 }))
    kept.sort((a, b) => b.createdAt - a.createdAt)
    for (const [rank, { key, createdAt }] of kept.entries()) {
      if (rank >= MOST - 1 || now - createdAt > LIFETIME) localStorage.removeItem(key)
    }
    localStorage.setItem(PREFIX + transaction.pending.state, JSON.stringify(transaction))
  })
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

/** Takes the transaction of a state away, so that nobody else can; leaves it when it is another issuer's or client's. */
export function claimTransaction(state: string, issuer: string, clientId: string): Promise<Transaction | 'foreign' | undefined> {
  return withLock(PREFIX + state, async () => guard(() => {
    const transaction = parseTransaction(localStorage.getItem(PREFIX + state))
    if (transaction === undefined) return undefined
    if (transaction.pending.issuer !== issuer || transaction.pending.client_id !== clientId) return 'foreign'
    localStorage.removeItem(PREFIX + state)
    return transaction
  }))
}

function parseTransaction(text: string | null): Transaction | undefined {
  return parseStored(text, (value): value is Transaction => 'pending' in value && isJsonRecord(value.pending))
}
