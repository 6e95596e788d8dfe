import { attemptAbandoned, attemptSucceeded, type AttemptFrom, type AttemptNames, beginAttempt, isRefusal, lookAtAttempt, type Refusal, type Seconds } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'
import { report } from '../refused.ts'
import { settle } from '../settle.ts'
import { networkOf } from './network.ts'

/** What became of an attempt to sign in. */
export type Proven<T> =
  | { readonly kind: 'proven'; readonly user: T }
  | { readonly kind: 'wrong' }
  /** Nobody looked at the password. Answer 429, with these seconds in `Retry-After`. */
  | { readonly kind: 'throttled'; readonly retryAfter: Seconds }

/** What an application's own sign-in page does with what its users type. */
export interface Attempts {
  /**
   * Looks at a password, unless too many were wrong before: for this account, or from this network. `look` answers the user, or `undefined`
   * for a wrong password and an unknown user alike. If it rejects, so does this, and nothing is counted.
   */
  prove<T>(exchange: Exchange, username: string, look: () => Promise<T | undefined>): Promise<Proven<T>>
}

/** The attempts at a server. */
export const attempts: Attempts = {
  async prove<T>(exchange: Exchange, username: string, look: () => Promise<T | undefined>): Promise<Proven<T>> {
    const outcome = await counted(exchange, username, async () => ({ user: await look() }), ({ user }) => user !== undefined)
    if (!isRefusal(outcome)) return outcome.user === undefined ? { kind: 'wrong' } : { kind: 'proven', user: outcome.user }
    report(exchange, outcome)
    return { kind: 'throttled', retryAfter: Number(outcome.facts.retryAfter) }
  },
}

/** Runs what looks at a password, and counts it as failed until it turns out right. Refuses without running it where there were too many. */
export async function counted<T>(exchange: Exchange, username: string, task: () => Promise<T>, isRight: (outcome: T) => boolean): Promise<T | Refusal> {
  const { server } = exchange
  const names = namesOf(exchange, username)
  const seen = await settle(lookAtAttempt(names), server)
  if (isRefusal(seen)) return seen
  const begun = await alone(names, seen.from, exchange, () => settle(beginAttempt(names), server))
  if (isRefusal(begun)) return begun
  const outcome = await task().catch(async (fault: unknown) => {
    await alone(names, begun.from, exchange, () => settle(attemptAbandoned(names, begun.from), server))
    throw fault
  })
  if (isRight(outcome)) await alone(names, begun.from, exchange, () => settle(attemptSucceeded(names, begun.from), server))
  return outcome
}

/** Attempts of one process that are counted together go one after the other, so that they do not wear out the store's patience. */
function alone<T>(names: AttemptNames, from: AttemptFrom, { server }: Exchange, task: () => Promise<T>): Promise<T> {
  const shared = from === 'known_device' ? [`device ${names.device}`] : [`account ${names.account}`, `network ${names.network}`]
  return server.turns(shared, task)
}

/** People type their password where the username belongs. Nothing of it may be found out from what is stored. */
function namesOf({ http, server, address }: Exchange, username: string): AttemptNames {
  const account = server.keys.derive(JSON.stringify(['attempt', username.normalize('NFKC').toLowerCase()]))
  const browser = server.cookies.read(http, 'browser')
  return {
    account,
    device: browser === undefined ? undefined : server.keys.derive(JSON.stringify(['device', browser, account])),
    network: address === undefined ? undefined : networkOf(address),
  }
}
