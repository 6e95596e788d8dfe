import { type Attempt, attemptAbandoned, type AttemptBegun, type AttemptEnded, attemptFailed, type AttemptNames, attemptSucceeded, beginAttempt, type CountedBy, isRefusal, lookAtAttempt, type Refusal, type Seconds } from '@latchkey/core'
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
  prove<T>(exchange: Exchange, username: string, look: (username: string) => Promise<T | undefined>): Promise<Proven<T>>
}

/** The attempts at a server. */
export const attempts: Attempts = {
  async prove<T>(exchange: Exchange, username: string, look: (username: string) => Promise<T | undefined>): Promise<Proven<T>> {
    const outcome = await counted(exchange, username, async () => ({ user: await look(username) }), ({ user }) => user !== undefined)
    if (!isRefusal(outcome)) return outcome.user === undefined ? { kind: 'wrong' } : { kind: 'proven', user: outcome.user }
    report(exchange, outcome)
    return { kind: 'throttled', retryAfter: Number(outcome.facts.retryAfter) }
  },
}

/** Runs what looks at a password, and counts it as failed until it turns out right. Refuses without running it where there were too many. */
export function counted<T>(exchange: Exchange, username: string, look: () => Promise<T>, isRight: (outcome: T) => boolean): Promise<T | Refusal> {
  const { server } = exchange
  const names = namesOf(exchange, username)
  const count = <D extends AttemptBegun | AttemptEnded>(by: CountedBy, step: Attempt<D>) => server.attemptTurns.count(names, by, () => settle(step, server, ROUNDS))
  return server.attemptTurns.attempt(names, async () => {
    const seen = await settle(lookAtAttempt(names), server)
    const begun = isRefusal(seen) ? seen : await count(seen.countedBy, beginAttempt(names))
    if (isRefusal(begun)) return begun
    const { countedBy } = begun
    const outcome = await look().catch(async (fault: unknown) => {
      await count(countedBy, attemptAbandoned(names, countedBy))
      throw fault
    })
    if (isRight(outcome)) await count(countedBy, attemptSucceeded(names, countedBy))
    else if (countedBy.includes('account')) await count(['network'], attemptFailed(names, countedBy))
    return outcome
  })
}

/** Other nodes count at the same time, and whoever is refused for that would be told that the store is away. */
const ROUNDS = 50

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
