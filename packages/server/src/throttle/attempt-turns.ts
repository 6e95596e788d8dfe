import { type AttemptFrom, type AttemptNames, THROTTLE_RULES } from '@latchkey/core'
import { type AtOnceByName, atOnceByName } from '../in-turn.ts'

/** How the attempts of one process wait for each other. */
export interface AttemptTurns {
  /** Runs a whole attempt. Of those at one account only so many are under way as may fail, so that right passwords which come all at once get in. */
  readonly attempt: AtOnceByName
  /** Counts, one after the other what is counted together: attempts of one process are not to wear out the store's patience. */
  count<T>(names: AttemptNames, from: AttemptFrom, task: () => Promise<T>): Promise<T>
}

/** The turns of one process. */
export function attemptTurns(): AttemptTurns {
  const alone = atOnceByName(1)
  return {
    attempt: atOnceByName(THROTTLE_RULES.account.limit),
    count: ({ account, device, network }, from, task) => (from === 'known_device' ? alone(`device ${device}`, task) : alone(`account ${account}`, () => alone(`network ${network}`, task))),
  }
}
