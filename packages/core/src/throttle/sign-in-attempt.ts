import { type Attempt, attempt, type Moment } from '../attempt.ts'
import type { Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import { find, type Known } from '../needs.ts'
import { type Failures, insert, remove, replace, type Row, type Write } from '../records.ts'
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

/** Whether the device is known for the account: such attempts are counted apart, so that no stranger can keep the owner out. */
export type AttemptFrom = 'known_device' | 'stranger'

/** An attempt that may go on. It counts as failed until it ends otherwise. */
export interface AttemptBegun {
  readonly kind: 'attempt_begun'
  readonly from: AttemptFrom
  readonly writes: readonly Write[]
}

/** An attempt that is over. */
export interface AttemptEnded {
  readonly kind: 'attempt_ended'
  readonly writes: readonly Write[]
}

const needsOf = ({ account, device, network }: AttemptNames) =>
  ({
    mark: find('mark', `known_device ${device ?? ''}`),
    known_device: find('failures', deviceKey(device)),
    account: find('failures', accountKey(account)),
    network: find('failures', networkKey(network)),
  }) as const
type Needed = ReturnType<typeof needsOf>

const accountKey = (account: string) => `sign_in account ${account}`
const deviceKey = (device: string | undefined) => `sign_in device ${device ?? ''}`
const networkKey = (network: string | undefined) => `sign_in network ${network ?? ''}`

/** Whether an attempt could begin, without counting it: whoever must wait anyway learns it here. */
export function lookAtAttempt(names: AttemptNames): Attempt<AttemptBegun> {
  return attempt(needsOf(names), (known, { now }): AttemptBegun | Refusal => refusedNow(known, names, now) ?? { kind: 'attempt_begun', from: comesFrom(known, now), writes: [] })
}

/**
 * Begins an attempt to sign in: it is counted before the password is looked at, so that guesses which are sent at once can not slip past each
 * other. Names of accounts that do not exist count like others.
 */
export function beginAttempt(names: AttemptNames): Attempt<AttemptBegun> {
  return attempt(needsOf(names), (known, { now }): AttemptBegun | Refusal => {
    const from = comesFrom(known, now)
    const count = (name: keyof Counted, key: string) => written(known[name], key, oneMore(THROTTLE_RULES[name], known[name], now))
    const counted = from === 'known_device' ? count('known_device', deviceKey(names.device)) : [...count('account', accountKey(names.account)), ...(names.network === undefined ? [] : count('network', networkKey(names.network)))]
    return refusedNow(known, names, now) ?? { kind: 'attempt_begun', from, writes: counted }
  })
}

/**
 * Ends an attempt whose password was right: forgets what was counted for it, and remembers the device. The network gets back only this
 * attempt, or whoever has one account could guess at all others.
 */
export function attemptSucceeded(names: AttemptNames, from: AttemptFrom): Attempt<AttemptEnded> {
  return attempt(needsOf(names), (known, { now }): AttemptEnded => {
    const forgotten = from === 'known_device' ? written(known.known_device, '', undefined) : [...written(known.account, '', undefined), ...givenBack(known.network)]
    const mark = { expiresAt: now + DEVICE_KNOWN }
    const remembered = names.device === undefined ? [] : [known.mark === undefined ? insert('mark', `known_device ${names.device}`, mark) : replace(known.mark, mark)]
    return { kind: 'attempt_ended', writes: [...forgotten, ...remembered] }
  })
}

/** Ends an attempt whose password nobody looked at, as if it had not been made. */
export function attemptAbandoned(names: AttemptNames, from: AttemptFrom): Attempt<AttemptEnded> {
  return attempt(needsOf(names), (known): AttemptEnded => ({ kind: 'attempt_ended', writes: from === 'known_device' ? givenBack(known.known_device) : [...givenBack(known.account), ...givenBack(known.network)] }))
}

type Counted = Pick<Known<Needed>, 'known_device' | 'account' | 'network'>

function comesFrom({ mark }: Known<Needed>, now: Moment['now']): AttemptFrom {
  return mark !== undefined && mark.expiresAt > now ? 'known_device' : 'stranger'
}

/** The longest of the pauses that the attempt runs into. */
function refusedNow(known: Known<Needed>, { network }: AttemptNames, now: Instant): Refusal | undefined {
  const counts = comesFrom(known, now) === 'known_device' ? (['known_device'] as const) : network === undefined ? (['account'] as const) : (['account', 'network'] as const)
  const [longest] = counts.map((counted) => ({ counted, retryAfter: pauseLeft(known[counted], now) })).toSorted((one, other) => other.retryAfter - one.retryAfter)
  return longest === undefined || longest.retryAfter === 0 ? undefined : refuse('sign_in_throttled', longest)
}

function givenBack(row: Row<'failures'> | undefined): readonly Write[] {
  return row === undefined ? [] : written(row, row.key, oneLess(row))
}

function written(row: Row<'failures'> | undefined, key: string, failures: Failures | undefined): readonly Write[] {
  if (failures === undefined) return row === undefined ? [] : [remove(row)]
  return [row === undefined ? insert('failures', key, failures) : replace(row, failures)]
}
