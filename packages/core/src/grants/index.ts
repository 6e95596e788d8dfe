import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import type { Grant } from './define-grant.ts'
import { deviceCode } from './device-code.ts'
import { refreshToken } from './refresh-token.ts'
import { tokenExchange } from './token-exchange.ts'

/** Every grant that Latchkey brings. */
export const GRANTS: readonly Grant[] = [authorizationCode, clientCredentials, refreshToken, deviceCode, tokenExchange]

/** The grants by their type, or the type that two of them claim. */
export function grantsByType(grants: readonly Grant[]): ReadonlyMap<string, Grant> | { readonly clash: string } {
  const byType = new Map<string, Grant>()
  for (const grant of grants) {
    if (byType.has(grant.grant_type)) return { clash: grant.grant_type }
    byType.set(grant.grant_type, grant)
  }
  return byType
}
