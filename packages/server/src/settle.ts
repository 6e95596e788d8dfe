import type { Admitted, Ask, Attempt, AttemptBegun, AttemptEnded, Authenticated, Begun, DeliveryClaim, DeliveryNote, DeviceStep, Introspected, Issue, LogoutStep, Moment, Pushed, Refusal, Registered, Released, Revoked, SessionEnd, Told } from '@latchkey/core'
import { gather } from './gather.ts'
import { reached, StoreUnavailable } from './reached.ts'
import { mint, type Minted } from './mint.ts'
import { sound } from './sound.ts'
import { drawName } from './ports/random.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** Everything core may decide besides a refusal. */
export type Decision = Issue | Admitted | Ask | Authenticated | Begun | Told | DeviceStep | Introspected | Pushed | Registered | Released | Revoked | LogoutStep | SessionEnd | DeliveryClaim | DeliveryNote | AttemptBegun | AttemptEnded

/** What becomes of a decision: what was to be issued has been minted. */
export type Settled<D extends Decision> = (D extends Issue ? Minted : D) | Refusal

const ROUNDS = 10

/**
 * The loop under everything: gather, decide, mint, commit — and decide again when somebody else was faster, which then sees what they did.
 * What is answered has been committed.
 */
export async function settle<D extends Decision>(attempt: Attempt<D>, server: AuthorizationServer, rounds = ROUNDS): Promise<Settled<D>> {
  for (let round = 1; round <= rounds; round++) {
    const known = await gather(attempt.needs, server)
    const moment: Moment = { now: server.clock(), fresh: drawName(server.random) }
    const decision = sound(attempt.decide(known, moment))
    const outcome = decision.kind === 'issue' ? await mint(decision, server) : decision
    if (outcome.writes.length === 0 || (await reached(() => server.store.commit(outcome.writes))) === 'committed') return outcome as Settled<D>
  }
  throw new StoreUnavailable(`still contended after ${rounds} rounds`)
}
