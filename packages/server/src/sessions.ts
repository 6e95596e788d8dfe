import { among, type Session } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { reached } from './reached.ts'
import { closeSession } from './session-end.ts'

/** What an application can do with the sessions of its users, such as on an account page. Rejects with `StoreUnavailable` when the store is away. */
export interface Sessions {
  /** The sessions that a user has now, the newest first. */
  list(sub: string): Promise<readonly Session[]>
  /** Ends a session by its `sid`, wherever its browser is, and tells its clients. One that has ended stays ended. */
  end(sid: string): Promise<void>
}

/** The sessions of a server, once it has begun. */
export function sessionsOf(begun: () => Promise<AuthorizationServer>): Sessions {
  return {
    async list(sub) {
      const { store, clock } = await reached(begun)
      const { rows } = await reached(() => store.gather({ rows: among('session', 'sub', sub) }))
      const live = rows.filter(({ expiresAt }) => expiresAt > clock()).sort((one, other) => other.createdAt - one.createdAt)
      return live.map(({ kind: _kind, key: _key, revision: _revision, ...session }) => session)
    },
    end: async (sid) => void (await closeSession(sid, await reached(begun))),
  }
}
