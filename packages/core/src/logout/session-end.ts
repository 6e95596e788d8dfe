import { type Attempt, attempt } from '../attempt.ts'
import { among } from '../needs.ts'
import { type Authorization, insert, participationKey, remove, type Row, type Write } from '../records.ts'
import { revoke } from '../tokens/revocation.ts'
import { firstDelivery } from './delivery.ts'

/** A session has ended, or had before. */
export interface SessionEnd {
  readonly kind: 'session_end'
  /** Whose it was, if it was still there. */
  readonly sub: string | undefined
  /** Keys of the deliveries that begin with it. */
  readonly deliveries: readonly string[]
  /** The clients whose pages in the browser are to hear of it. */
  readonly frontChannel: readonly string[]
  readonly writes: readonly Write[]
}

/**
 * Ends a session by its public name: the browser is signed out, what rested on the session ends, and who is to be told is written down
 * in the same commit. A session that has ended stays ended: done again, it finds only what has begun in between.
 * @spec OpenID Connect Back-Channel Logout §2.3, §2.7
 */
export function endSession(sid: string): Attempt<SessionEnd> {
  const needs = {
    sessions: among('session', 'sid', sid),
    authorizations: among('authorization', 'sid', sid),
    participations: among('participation', 'sid', sid),
    deliveries: among('logout_delivery', 'sid', sid),
  } as const
  return attempt(needs, ({ sessions, authorizations, participations, deliveries }, { now }): SessionEnd => {
    const told = new Set(deliveries.map(({ key }) => key))
    const untold = participations.filter(({ key, channels }) => channels.includes('back_channel') && !told.has(key))
    return {
      kind: 'session_end',
      sub: sessions[0]?.sub,
      deliveries: untold.map(({ key }) => key),
      frontChannel: participations.filter(({ channels }) => channels.includes('front_channel')).map(({ client_id }) => client_id),
      writes: [
        ...sessions.map((session) => remove(session)),
        ...authorizations.filter(restsOnSession).flatMap((authorization) => revoke(authorization, now)),
        ...untold.map((participation) => insert('logout_delivery', participationKey(participation.client_id, sid), firstDelivery(participation, now))),
      ],
    }
  })
}

/** Whether an authorization ends with its session: the user granted no offline access, or the client has not fetched its tokens yet. @spec OpenID Connect Back-Channel Logout §2.7 */
function restsOnSession({ scope, code }: Authorization | Row<'authorization'>): boolean {
  return code === 'waiting' || !scope.includes('offline_access')
}
