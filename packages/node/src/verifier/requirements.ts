import type { AccessTokenClaims } from './access-token.ts'
import type { Requirements } from './challenge.ts'
import type { VerifyReason } from './verify-refusals.ts'

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** Splits a `scope` value into its tokens; an absent or empty one has none. @spec RFC 6749 §3.3 */
export function scopeTokens(scope: string | undefined): ReadonlySet<string> {
  return new Set((scope ?? '').split(' ').filter((token) => token !== ''))
}

/** Answers what is wrong with requirements as they were written, or `undefined`. */
export function objectionToRequirements({ scope, acrValues, maxAge }: Requirements): string | undefined {
  if (scope !== undefined && !SCOPE.test(scope)) return 'scope must be scope tokens separated by single spaces'
  if (acrValues !== undefined && !SCOPE.test(acrValues)) return 'acrValues must be values separated by single spaces'
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0)) return 'maxAge must be a whole number of seconds'
  return undefined
}

/** Answers which requirement verified claims do not meet, or `undefined` when they meet all. @spec RFC 6750 §3.1, RFC 9470 §4 */
export function unmetRequirement(claims: AccessTokenClaims, required: Requirements, now: number): VerifyReason | undefined {
  const granted = scopeTokens(claims.scope)
  for (const token of scopeTokens(required.scope)) if (!granted.has(token)) return 'scope_missing'
  if (required.acrValues !== undefined && !(typeof claims.acr === 'string' && scopeTokens(required.acrValues).has(claims.acr))) return 'authentication_insufficient'
  if (required.maxAge !== undefined && !(typeof claims.auth_time === 'number' && now - claims.auth_time <= required.maxAge)) return 'authentication_insufficient'
  return undefined
}
