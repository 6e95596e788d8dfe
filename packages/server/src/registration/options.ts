import { type ClientPolicy, DEVICE_CODE, type Finding, type RegistrationPolicy, type Seconds, STANDARD_SCOPES } from '@latchkey/core'

/** Who may register clients at this server, how many, and under which terms. Without it nobody can. @spec RFC 7591 §5 */
export interface RegistrationOptions {
  /** Whoever was given an initial access token, or everybody. An initial access token counts in both cases. */
  readonly access: 'initial access token' | 'open'
  /** The profile of registered clients; `oauth21` unless told. */
  readonly profile?: 'oauth21' | 'oidc' | undefined
  /** The scope names that they may have; the standard ones unless told. */
  readonly scopes?: readonly string[] | undefined
  /** The grant types that they may have; those with a user unless told. */
  readonly grantTypes?: readonly string[] | undefined
  /** How many registered clients there may be at a time; 1,000 unless told. */
  readonly maxClients?: number | undefined
  /** After this time a client that was never used is forgotten; a day unless told. */
  readonly unusedLifetime?: Seconds | undefined
  /** How many may register in an hour without an initial access token; 100 unless told. */
  readonly registrationsPerHour?: number | undefined
  /**
   * Whether errors go back to registered clients by redirect without asking the user. Unless told, those that came with an initial access
   * token get them `at once`, and others `after confirmation`. @spec RFC 9700 §4.11.2
   */
  readonly errorRedirects?: ClientPolicy['errorRedirects'] | undefined
}

const DEFAULT_GRANTS: readonly string[] = ['authorization_code', 'implicit', 'refresh_token', DEVICE_CODE]
const DAY: Seconds = 86_400

/** The policy that the options spell, with its defaults. */
export function registrationPolicyOf(options: RegistrationOptions): RegistrationPolicy {
  const { access, profile = 'oauth21', scopes = STANDARD_SCOPES, grantTypes = DEFAULT_GRANTS, maxClients = 1_000, unusedLifetime = DAY, registrationsPerHour = 100, errorRedirects } = options
  const policy = { open: { errorRedirects: errorRedirects ?? 'after confirmation' }, invited: { errorRedirects: errorRedirects ?? 'at once' } } as const
  return { access, profile, scope: scopes, grant_types: grantTypes, maxClients, unusedLifetime, registrationsPerHour, policy }
}

/** What can not stand in the options of registration; `offered` are the scope names of the server. */
export function registrationFindings(options: RegistrationOptions | undefined, offered: ReadonlySet<string>, grantTypes: readonly string[]): readonly Finding[] {
  if (options === undefined) return []
  const { access, profile = 'oauth21', scopes = [], maxClients = 1, unusedLifetime = 1, registrationsPerHour = 1 } = options
  const unknownScope = scopes.find((name) => !offered.has(name))
  const unknownGrant = options.grantTypes?.find((type) => type !== 'implicit' && (type === 'password' || !grantTypes.includes(type)))
  const words: readonly string[] = ['initial access token', 'open']
  const profiles: readonly string[] = ['oauth21', 'oidc']
  const numbers = Object.entries({ maxClients, unusedLifetime, registrationsPerHour })
  return [
    ...when(!words.includes(access), 'registration.access', 'is neither "initial access token" nor "open"', 'use "initial access token"'),
    ...when(!profiles.includes(profile), 'registration.profile', 'is neither oauth21 nor oidc', 'use oauth21'),
    ...when(unknownScope !== undefined, 'registration.scopes', `${String(unknownScope)} is offered by nobody`, 'add it to scopes or to a resource, or remove it'),
    ...when(unknownGrant !== undefined, 'registration.grantTypes', `${String(unknownGrant)} can not be registered`, `use some of ${[...grantTypes.filter((type) => type !== 'password'), 'implicit'].join(', ')}`),
    ...numbers.flatMap(([name, value]) => when(!Number.isSafeInteger(value) || value < 1, `registration.${name}`, 'is not a positive whole number', 'write a number from 1 on')),
  ]
}

function when(isWrong: boolean, path: string, reason: string, remedy: string): readonly Finding[] {
  return isWrong ? [{ path, reason, remedy }] : []
}
