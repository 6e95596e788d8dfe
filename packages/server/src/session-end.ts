import { among, endSession, find, type IssuingSession, type SessionEnd } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { deliver } from './back-channel.ts'
import { reached } from './reached.ts'
import { accept } from './refused.ts'
import { settle } from './settle.ts'

/** How long a user who signs out waits for clients to be told, in milliseconds. What takes longer goes on without them. */
const PATIENCE_MS = 1_500

/**
 * Whether a session ended while something was issued under it; then that ends with it too. Who issues writes and then looks for the session;
 * who ends it removes it and then looks for what was issued: whichever comes second sees the other.
 */
export async function endedMeanwhile({ key, sid }: IssuingSession, server: AuthorizationServer): Promise<boolean> {
  const { session } = await reached(() => server.store.gather({ session: find('session', key) }))
  if (session !== undefined) return false
  await closeSession(sid, server)
  return true
}

/** Ends a session and tells its clients; answers those whose pages in the browser are to hear of it. */
export async function closeSession(sid: string, server: AuthorizationServer): Promise<readonly string[]> {
  const ended = accept(await settle(endSession(sid), server))
  // Whatever was issued between the look at the session and its end is there by now; what comes later finds the session gone.
  const late = accept(await settle(endSession(sid), server))
  if (ended.sub !== undefined) server.events({ event: 'session_ended', at: server.clock(), sid, sub: ended.sub })
  await soon(tellClients(sid, [ended, late], server))
  return late.frontChannel
}

async function tellClients(sid: string, ends: readonly SessionEnd[], server: AuthorizationServer): Promise<void> {
  const begun = new Set(ends.flatMap(({ deliveries }) => deliveries))
  if (begun.size === 0) return
  const { rows } = await reached(() => server.store.gather({ rows: among('logout_delivery', 'sid', sid) }))
  await Promise.all(rows.filter(({ key }) => begun.has(key)).map((row) => deliver(row, server).catch((fault: unknown) => reportFault(fault, server))))
}

/** What is not delivered now is delivered later: the row is there. */
function reportFault(fault: unknown, { events, clock }: AuthorizationServer): void {
  events({ event: 'fault', trace: '', at: clock(), endpoint: 'back_channel_logout', fault })
}

async function soon(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  await Promise.race([work, patience]).finally(() => clearTimeout(timer))
}
