import { type Attempt, attempt } from '../attempt.ts'
import type { Digest, Seconds } from '../brand.ts'
import { find } from '../needs.ts'
import { amend, insert, remove } from '../records.ts'
import { type Browser, waitingFor } from './authorize.ts'

/** A user who has just proved who they are. */
export interface SignedIn {
  readonly sub: string
  /** @spec RFC 8176 §2 */
  readonly amr: readonly string[]
  readonly acr?: string
}

/** The session that begins. */
export interface Begun {
  readonly kind: 'begun'
  readonly sid: string
  readonly expiresAt: number
  readonly writes: readonly ReturnType<typeof insert>[]
}

/**
 * A user signs in within an interaction: always a new session under a new cookie, in place of the one the browser had. Its public name
 * stays when the user is the same.
 * @spec OpenID Connect Core §3.1.2.3
 */
export function signIn(user: SignedIn, interaction: Digest, from: Browser, cookie: Digest, lifetime: Seconds): Attempt<Begun> {
  const needs = { interaction: find('interaction', interaction), previous: find('session', from.session ?? '') } as const
  return attempt(needs, (known, { now, fresh }) => {
    const waiting = waitingFor(known.interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    const { previous } = known
    const sid = previous !== undefined && previous.sub === user.sub ? previous.sid : fresh
    const expiresAt = now + lifetime
    const begun = insert('session', cookie, { sub: user.sub, sid, auth_time: now, amr: user.amr, ...(user.acr === undefined ? {} : { acr: user.acr }), createdAt: now, expiresAt })
    const noted = waiting.authorization === undefined ? [amend(waiting, { authenticatedAt: now })] : []
    return { kind: 'begun', sid, expiresAt, writes: [begun, ...(previous === undefined ? [] : [remove(previous)]), ...noted] }
  })
}
