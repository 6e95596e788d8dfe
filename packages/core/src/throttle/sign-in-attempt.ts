import { type Attempt, attempt } from '../attempt.ts'
import type { Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import { find, type Known } from '../needs.ts'
import { insert, remove, replace, type Row, type Write } from '../records.ts'
import { oneLess, oneMore, pauseLeft } from './failures.ts'
import { DEVICE_KNOWN, THROTTLE_RULES } from './rules.ts'

/** Under which names an attempt to sign in is counted. They tell nothing of what was typed. */
export interface AttemptNames {
  readonly account: string
  /** The device and the account together; none for an attempt without a browser. */
  readonly device: string | undefined
  /** None where the listener tells no address. */
  readonly network: string | undefined
}

/**
 * What an attempt is counted by before the password is looked at. One from a device that is known for the account is counted by nothing else, so
 * that no stranger can keep the owner out. The network of others is counted beforehand once half of its failures are used up; up to then only
 * those that fail are, so that users who come all at once do not wait for each other.
 */
export type CountedBy = readonly ('known_device' | 'account' | 'network')[]

/** An attempt that may go on. It counts as failed until it ends otherwise. */
export interface AttemptBegun {
  readonly kind: 'attempt_begun'
  readonly countedBy: CountedBy
  readonly writes: readonly Write[]
}

/** An attempt that is over. */
export interface AttemptEnded {
  readonly kind: 'attempt_ended'
  readonly writes: readonly Write[]
}

const KEYS = {
  account: ({ account }) => `sign_in account ${account}`,
  known_device: ({ device = '' }) => `sign_in device ${device}`,
  network: ({ network = '' }) => `sign_in network ${network}`,
} as const satisfies Record<CountedBy[number], (names: AttemptNames) => string>

const markKey = ({ device = '' }: AttemptNames) => `known_device ${device}`

const needsOf = (names: AttemptNames) =>
  ({
    mark: find('mark', markKey(names)),
    known_device: find('failures', KEYS.known_device(names)),
    account: find('failures', KEYS.account(names)),
    network: find('failures', KEYS.network(names)),
  }) as const
type Needed = ReturnType<typeof needsOf>

/** So many attempts from one network may be under way on one node: no more than these can slip past the limit of the network. */
export const NETWORK_AT_ONCE = 50
const NETWORK_SUSPECT = THROTTLE_RULES.network.limit / 2

/** Whether an attempt could begin, without counting it: whoever must wait anyway learns it here. */
export function lookAtAttempt(names: AttemptNames): Attempt<AttemptBegun> {
  return attempt(needsOf(names), (known, { now }): AttemptBegun | Refusal => refusedNow(known, names, now) ?? { kind: 'attempt_begun', countedBy: countedBy(known, names, now), writes: [] })
}

/**
 * Begins an attempt to sign in: it is counted before the password is looked at, so that guesses which are sent at once can not slip past each
 * other. Names of accounts that do not exist count like others.
 */
export function beginAttempt(names: AttemptNames): Attempt<AttemptBegun> {
  return attempt(needsOf(names), (known, { now }): AttemptBegun | Refusal => {
    const counts = countedBy(known, names, now)
    return refusedNow(known, names, now) ?? { kind: 'attempt_begun', countedBy: counts, writes: counts.flatMap((name) => withOneMore(name, known, names, now)) }
  })
}

/**
 * Ends an attempt whose password was right: forgets what was counted for it, and remembers the device. The network gets back only this
 * attempt, or whoever has one account could guess at all others.
 */
export function attemptSucceeded(names: AttemptNames, counts: CountedBy): Attempt<AttemptEnded> {
  return attempt(needsOf(names), (known, { now }): AttemptEnded => {
    const uncounted = counts.flatMap((name) => (name === 'network' ? givenBack(known.network) : forgotten(known[name])))
    const mark = { expiresAt: now + DEVICE_KNOWN }
    const remembered = names.device === undefined ? [] : [known.mark === undefined ? insert('mark', markKey(names), mark) : replace(known.mark, mark)]
    return { kind: 'attempt_ended', writes: [...uncounted, ...remembered] }
  })
}

/** Ends an attempt whose password was wrong: a stranger's network has one more to answer for, unless it was counted already. */
export function attemptFailed(names: AttemptNames, counts: CountedBy): Attempt<AttemptEnded> {
  return attempt(needsOf(names), (known, { now }): AttemptEnded => {
    const isOpen = counts.includes('account') && !counts.includes('network') && names.network !== undefined
    return { kind: 'attempt_ended', writes: isOpen ? withOneMore('network', known, names, now) : [] }
  })
}

/** Ends an attempt whose password nobody looked at, as if it had not been made. */
export function attemptAbandoned(names: AttemptNames, counts: CountedBy): Attempt<AttemptEnded> {
  return attempt(needsOf(names), (known): AttemptEnded => ({ kind: 'attempt_ended', writes: counts.flatMap((name) => givenBack(known[name])) }))
}

function isKnown({ mark }: Known<Needed>, now: Instant): boolean {
  return mark !== undefined && mark.expiresAt > now
}

function countedBy(known: Known<Needed>, { network }: AttemptNames, now: Instant): CountedBy {
  if (isKnown(known, now)) return ['known_device']
  const failed = known.network !== undefined && known.network.expiresAt > now ? known.network.count : 0
  return network === undefined || failed < NETWORK_SUSPECT ? ['account'] : ['account', 'network']
}

/** The longest of the pauses that the attempt runs into. */
function refusedNow(known: Known<Needed>, { network }: AttemptNames, now: Instant): Refusal | undefined {
  const pausing = isKnown(known, now) ? (['known_device'] as const) : network === undefined ? (['account'] as const) : (['account', 'network'] as const)
  const [longest] = pausing.map((counted) => ({ counted, retryAfter: pauseLeft(known[counted], now) })).toSorted((one, other) => other.retryAfter - one.retryAfter)
  return longest === undefined || longest.retryAfter === 0 ? undefined : refuse('sign_in_throttled', longest)
}

function withOneMore(name: CountedBy[number], known: Known<Needed>, names: AttemptNames, now: Instant): readonly Write[] {
  const row = known[name]
  const failures = oneMore(THROTTLE_RULES[name], row, now)
  return [row === undefined ? insert('failures', KEYS[name](names), failures) : replace(row, failures)]
}

function givenBack(row: Row<'failures'> | undefined): readonly Write[] {
  const failures = row && oneLess(row)
  return row === undefined || failures === undefined ? forgotten(row) : [replace(row, failures)]
}

function forgotten(row: Row<'failures'> | undefined): readonly Write[] {
  return row === undefined ? [] : [remove(row)]
}
