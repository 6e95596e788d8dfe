import { type AttemptNames, type CountedBy, NETWORK_AT_ONCE, THROTTLE_RULES } from '@latchkey/core'
import { atOnceByName } from '../in-turn.ts'

/** How the attempts of one process wait for each other. */
export interface AttemptTurns {
  /**
   * Runs a whole attempt. Of those at one account only so many are under way as may fail, so that right passwords which come all at once get
   * in; and from one network only so many that few slip past its limit.
   */
  attempt<T>(names: AttemptNames, task: () => Promise<T>): Promise<T>
  /** Counts, one after the other what is counted together: attempts of one process are not to wear out the store's patience. */
  count<T>(names: AttemptNames, countedBy: CountedBy, task: () => Promise<T>): Promise<T>
}

/** The turns of one process. */
export function attemptTurns(): AttemptTurns {
  const atAccount = atOnceByName(THROTTLE_RULES.account.limit)
  const fromNetwork = atOnceByName(NETWORK_AT_ONCE)
  const alone = atOnceByName(1)
  return {
    attempt: ({ account, network }, task) => atAccount(account, () => (network === undefined ? task() : fromNetwork(network, task))),
    count({ account, device, network }, countedBy, task) {
      const names = { account: `account ${account}`, known_device: `device ${device}`, network: `network ${network}` }
      return countedBy.reduceRight((inner, by) => () => alone(names[by], inner), task)()
    },
  }
}
