import { type Attempt, attempt } from '../attempt.ts'
import type { Digest, Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import { find } from '../needs.ts'
import { amend, type InitialAccessToken, insert, type RegisteredClient, type Row, type Write } from '../records.ts'
import { adjusted, COUNT_KEY, type Counted, countedAt, keep, totalOf, unusedEnd } from './count.ts'
import type { Invitation, RegistrationPolicy, RegistrationTerms } from './policy.ts'
import type { Registration } from './request.ts'

/** A client may be registered, under these terms. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly terms: RegistrationTerms
  readonly writes: readonly []
}

/** What is kept of the registered clients has changed, or not. */
export interface Registered {
  readonly kind: 'registered'
  readonly record: RegisteredClient
  readonly writes: readonly Write[]
}

/** The token of RFC 6750 that opens registration, `undefined` for a request without one. @spec RFC 7591 §3 */
export function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : (/^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1] ?? '')
}

/** Whether a client may be registered with this token, `undefined` for none. It takes no place yet. @spec RFC 7591 §3 */
export function admission(token: Digest | undefined, policy: RegistrationPolicy): Attempt<Admitted> {
  return attempt(admissionNeeds(token), ({ invitation, count }, { now }): Admitted | Refusal => {
    const refused = refusedAdmission(token, invitation, countedAt(count, now), policy, now)
    return refused ?? { kind: 'admitted', terms: termsOf(invitation, policy), writes: [] }
  })
}

/** A client is registered: it takes a place, and a use of its initial access token. @spec RFC 7591 §3.2 */
export function register(token: Digest | undefined, { metadata, client }: Registration, management: Digest, policy: RegistrationPolicy): Attempt<Registered> {
  return attempt(admissionNeeds(token), ({ invitation, count }, { now }): Registered | Refusal => {
    const counted = countedAt(count, now)
    const refused = refusedAdmission(token, invitation, counted, policy, now)
    if (refused !== undefined) return refused
    const expiresAt = unusedEnd(now, policy.unusedLifetime)
    const record: RegisteredClient = { metadata, isSelfRegistered: token === undefined, terms: termsOf(invitation, policy), registration_access_token: management, ...originOf(client), createdAt: now, expiresAt }
    const { hour } = counted
    const next = adjusted({ ...counted, hour: token === undefined ? { ...hour, count: hour.count + 1 } : hour }, expiresAt, 1)
    const spent = invitation === undefined ? [] : [amend(invitation, { usesLeft: invitation.usesLeft - 1 })]
    return { kind: 'registered', record, writes: [insert('client', client.client_id, record), keep(count, next), ...spent] }
  })
}

function admissionNeeds(token: Digest | undefined) {
  return { invitation: find('initial_access_token', token ?? ''), count: find('registration_count', COUNT_KEY) } as const
}

function refusedAdmission(token: Digest | undefined, invitation: Row<'initial_access_token'> | undefined, counted: Counted, policy: RegistrationPolicy, now: Instant): Refusal | undefined {
  const open = token === undefined
  if (open && policy.access !== 'open') return refuse('initial_access_token_missing')
  if (!open && (invitation === undefined || invitation.expiresAt <= now)) return refuse('initial_access_token_unknown')
  if (invitation !== undefined && invitation.usesLeft <= 0) return refuse('initial_access_token_used_up')
  if (open && counted.hour.count >= policy.registrationsPerHour) return refuse('registration_too_often', { inThisHour: counted.hour.count })
  const clients = totalOf(counted)
  return clients >= policy.maxClients ? refuse('registration_quota_reached', { clients }) : undefined
}

function termsOf(invitation: Row<'initial_access_token'> | undefined, { profile, scope, grant_types, policy }: RegistrationPolicy): RegistrationTerms {
  if (invitation === undefined) return { profile, scope, grant_types, policy: policy.open }
  return { profile: invitation.profile ?? profile, scope: invitation.scope ?? scope, grant_types, policy: policy.invited }
}

/** The row of an initial access token. */
export function invitationOf({ uses, expiresAt, profile, scope }: Invitation, createdAt: Instant): InitialAccessToken {
  return { usesLeft: uses, createdAt, expiresAt, ...(profile === undefined ? {} : { profile }), ...(scope === undefined ? {} : { scope }) }
}

/** The one origin whose scripts may call for a client: where all redirect URIs of a public web client lead to. @spec RFC 9700 §2.6 */
export function originOf({ token_endpoint_auth_method, application_type, redirect_uris }: Registration['client']): { readonly origin?: string } {
  if (token_endpoint_auth_method !== 'none' || application_type !== 'web') return {}
  const origins = new Set(redirect_uris.map((uri) => /^https?:\/\/[^/?#]+/i.exec(uri)?.[0].toLowerCase().replace(/^(https:.*):443$|^(http:.*):80$/, '$1$2')))
  const [origin] = origins
  return origins.size === 1 && origin !== undefined ? { origin } : {}
}

