/** Which claims each standard scope asks for. @spec OpenID Connect Core §5.4 */
export const SCOPE_CLAIMS = {
  profile: ['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const

/** The scopes that need no catalogue: they are about the user, not about an API. @spec OpenID Connect Core §5.4, §11 */
export const STANDARD_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'] as const

const standard: ReadonlySet<string> = new Set(STANDARD_SCOPES)

/** Whether a scope is one of OpenID Connect's own. */
export function isStandardScope(scope: string): boolean {
  return standard.has(scope)
}

/** The claims that some scopes ask for, without repetition. */
export function claimsOf(scopes: readonly string[]): readonly string[] {
  const asked: readonly (readonly string[])[] = Object.entries(SCOPE_CLAIMS).map(([scope, claims]) => (scopes.includes(scope) ? claims : []))
  return asked.flat()
}

/** The claims that only the server itself makes: they say who issued a token, to whom, for what and under which conditions. @spec RFC 9068 §2.2, OpenID Connect Core §2 */
export const RESERVED_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'client_id', 'azp', 'scope', 'cnf', 'auth_time', 'acr', 'amr', 'act', 'may_act', 'sid', 'nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'authorization_details'] as const

const reserved: ReadonlySet<string> = new Set(RESERVED_CLAIMS)

/** Whether only the server itself may give a claim of this name a value. */
export function isReservedClaim(name: string): boolean {
  return reserved.has(name)
}

/** The claims without those that only the server itself makes. */
export function withoutReserved(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !isReservedClaim(name)))
}
