import type { Account } from '../account.ts'
import { claimsOf } from '../registry/claims.ts'

/** What a scope lets a client know of a user. Claims without a value are left out rather than sent empty. @spec OpenID Connect Core §5.3.2, §5.4 */
export function userClaims(account: Account, scope: readonly string[]): Readonly<Record<string, unknown>> {
  const told = claimsOf(scope).flatMap((name) => (isTellable(account.claims[name]) ? [[name, account.claims[name]] as const] : []))
  return Object.fromEntries(told)
}

function isTellable(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
