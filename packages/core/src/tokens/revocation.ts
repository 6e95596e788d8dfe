import type { Instant } from '../brand.ts'
import { amend, type Row, type Write } from '../records.ts'

/** The writes that end an authorization, and with it everything that descends from it. @spec RFC 6749 §4.1.2, RFC 7009 §2.1 */
export function revoke(authorization: Row<'authorization'> | undefined, now: Instant): readonly Write[] {
  return authorization === undefined || authorization.revokedAt !== undefined ? [] : [amend(authorization, { revokedAt: now })]
}
