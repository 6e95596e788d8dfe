import { digest, insert, type Instant, type Invitation, invitationOf, type Seconds } from '@latchkey/core'
import { type Clock, systemClock } from '../ports/clock.ts'
import { drawSecret, type Random, systemRandom } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { reached } from '../reached.ts'

/** Whom an initial access token lets in. */
export interface InvitationOptions extends Pick<Invitation, 'profile' | 'scope'> {
  /** How many clients may be registered with it; 1 unless told. */
  readonly uses?: number
  /** For how long it is good; a week unless told. */
  readonly lifetime?: Seconds
}

/** An initial access token. It is shown once: only its digest is kept. */
export interface Invited {
  readonly initial_access_token: string
  readonly expiresAt: Instant
}

const WEEK: Seconds = 604_800

/** Makes an initial access token in a store. Rejects with `StoreUnavailable` when it could not be stored. @spec RFC 7591 §3 */
export async function inviteClients({ uses = 1, lifetime = WEEK, ...terms }: InvitationOptions, { store, clock = systemClock, random = systemRandom }: { readonly store: Store; readonly clock?: Clock; readonly random?: Random }): Promise<Invited> {
  const token = drawSecret(random)
  const now = clock()
  const expiresAt = now + lifetime
  await reached(() => store.commit([insert('initial_access_token', digest(token), invitationOf({ uses, expiresAt, ...terms }, now))]))
  return { initial_access_token: token, expiresAt }
}
