import type { Instant, Seconds } from '../brand.ts'
import type { ClientPolicy } from '../client/policy.ts'
import { grantTypesOf } from '../client/rules/response-types.ts'
import type { Registrability } from '../discovery/server-metadata.ts'
import { RESPONSE_TYPES, type ResponseType } from '../registry/response-types.ts'

/** Under which terms a client is let in. None of them is the client's to choose. */
export interface RegistrationTerms {
  readonly profile: 'oauth21' | 'oidc'
  /** Single settings that differ from the profile's. */
  readonly policy: Partial<ClientPolicy>
  /** The scope names that it may have. */
  readonly scope: readonly string[]
  readonly grant_types: readonly string[]
}

/** Who may register a client with a server, how many, and under which terms. @spec RFC 7591 §3, §5 */
export interface RegistrationPolicy extends Omit<RegistrationTerms, 'policy'> {
  /** Whoever was given an initial access token, or everybody. */
  readonly access: 'initial access token' | 'open'
  /** How many registered clients there may be at a time. */
  readonly maxClients: number
  /** After this time a client that was never used is forgotten. */
  readonly unusedLifetime: Seconds
  /** How many clients may register in an hour without an initial access token. */
  readonly registrationsPerHour: number
  /** Single settings of clients that came without an initial access token, and of those that came with one. */
  readonly policy: { readonly open: Partial<ClientPolicy>; readonly invited: Partial<ClientPolicy> }
}

/** What clients may register under a policy, so that discovery can offer it. @spec OpenID Connect Dynamic Client Registration §2 */
export function registrabilityOf({ profile, grant_types }: Pick<RegistrationPolicy, 'profile' | 'grant_types'>): Registrability {
  const isOidc = profile === 'oidc'
  const mayHave = (type: ResponseType) => type !== 'token' && grantTypesOf(type).every((needed) => grant_types.includes(needed))
  return {
    grant_types: grant_types.filter((type) => isOidc || type !== 'implicit'),
    response_types: isOidc ? RESPONSE_TYPES.filter(mayHave) : [],
  }
}

/** What an initial access token is made of. */
export interface Invitation {
  /** How many clients may be registered with it. */
  readonly uses: number
  readonly expiresAt: Instant
  /** What it gives instead of what the server gives. */
  readonly profile?: 'oauth21' | 'oidc'
  readonly scope?: readonly string[]
}
