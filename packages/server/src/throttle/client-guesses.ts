import { type Client, type ClientCredentials, type Failures, isAssertion, isRefusal, oneMore, pauseLeft, type Refusal, refuse, THROTTLE_RULES } from '@latchkey/core'
import type { Clock } from '../ports/clock.ts'
import { networkOf } from './network.ts'

/** Wrong secrets, by client and network. They stay in this process: the secrets of clients are long, and no request of a client waits for the store by it. */
export interface ClientGuesses {
  /** Why a request for the client from this address is not looked at, `undefined` when it is. */
  refusal(client_id: string, address: string | undefined): Refusal | undefined
  /** What became of the request. */
  note(credentials: ClientCredentials, address: string | undefined, outcome: Client | Refusal): void
}

/** Whoever wants to be forgotten must bring as many networks, or clients, into play. */
const MOST_KEPT = 10_000

/** The wrong secrets that one process has seen. */
export function clientGuesses(clock: Clock): ClientGuesses {
  const kept = new Map<string, Failures>()
  return {
    refusal(client_id, address) {
      if (kept.size === 0) return undefined
      const retryAfter = pauseLeft(kept.get(nameOf(client_id, address)), clock())
      return retryAfter === 0 ? undefined : refuse('client_authentication_throttled', { client_id, address, retryAfter })
    },
    note(credentials, address, outcome) {
      const name = nameOf(credentials.client_id, address)
      if (isGuess(credentials, outcome)) {
        const failures = oneMore(THROTTLE_RULES.client, kept.get(name), clock())
        kept.delete(name)
        kept.set(name, failures)
        const [oldest] = kept.keys()
        if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
      } else if (kept.size > 0 && !isRefusal(outcome)) kept.delete(name)
    },
  }
}

/** Whether a secret was guessed, as such or as the key of a signature. Private keys can not be. */
function isGuess(credentials: ClientCredentials, outcome: Client | Refusal): boolean {
  if (!isRefusal(outcome)) return false
  if (outcome.key === 'client_secret_wrong') return true
  return outcome.key === 'client_assertion_signature_wrong' && isAssertion(credentials) && credentials.alg.startsWith('HS')
}

function nameOf(client_id: string, address: string | undefined): string {
  return `${address === undefined ? '' : networkOf(address)} ${client_id}`
}
