import { type Client, sectorOf } from '@latchkey/core'
import type { Keys } from './ports/keys.ts'

/** The name under which the clients of a sector know a user; without a sector, the subject itself. @spec OpenID Connect Core §8.1 */
export function subjectIn(sector: string | undefined, sub: string, keys: Pick<Keys, 'derive'>): string {
  return sector === undefined ? sub : keys.derive(JSON.stringify(['subject', sector, sub]))
}

/** The name under which the clients of a sector know a session: one for all would tell them that their users are the same. */
export function sessionIn(sector: string | undefined, sid: string, keys: Pick<Keys, 'derive'>): string {
  return sector === undefined ? sid : keys.derive(JSON.stringify(['session', sector, sid]))
}

/** The name under which a client knows a user from now on. What was allowed before keeps the sector in its authorization. @spec OpenID Connect Core §8 */
export function subjectFor(client: Client, sub: string, keys: Pick<Keys, 'derive'>): string {
  return subjectIn(sectorOf(client), sub, keys)
}
