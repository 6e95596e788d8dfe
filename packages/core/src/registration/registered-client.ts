import { type Attempt, attempt } from '../attempt.ts'
import type { Digest, Instant } from '../brand.ts'
import { isRefusal, refuse, type Refusal } from '../decision.ts'
import { digest, sameDigest } from '../digest.ts'
import { among, find } from '../needs.ts'
import { remove, replace, type RegisteredClient, type Row } from '../records.ts'
import { revoke } from '../tokens/revocation.ts'
import { adjusted, COUNT_KEY, countedAt, keep } from './count.ts'
import { originOf, type Registered } from './register.ts'
import { refuseMetadata, type Registration } from './request.ts'

/** Whether a registered client is still there: one that was never used ends by itself. */
export function isRegistered(row: Row<'client'> | undefined, now: Instant): row is Row<'client'> {
  return row !== undefined && (row.expiresAt === undefined || row.expiresAt > now)
}

/** The registration that a client may read and change with this token. It is not told whether there is such a client. @spec RFC 7592 §2.1 */
export function registrationOf(client_id: string, token: Digest | undefined): Attempt<Registered> {
  return attempt({ row: find('client', client_id) } as const, ({ row }, { now }): Registered | Refusal => {
    const own = managed(row, token, now)
    return isRefusal(own) ? own : { kind: 'registered', record: recordOf(own), writes: [] }
  })
}

/** A client puts other metadata in the place of its own. @spec RFC 7592 §2.2 */
export function replaceRegistration(token: Digest | undefined, { metadata, client }: Registration): Attempt<Registered> {
  return attempt({ row: find('client', client.client_id) } as const, ({ row }, { now }): Registered | Refusal => {
    const own = managed(row, token, now)
    if (isRefusal(own)) return own
    const { origin: _, ...before } = recordOf(own)
    const record: RegisteredClient = { ...before, metadata, ...originOf(client) }
    return { kind: 'registered', record, writes: [replace(own, record)] }
  })
}

/** What is wrong with the members of a replacement that say whom it is for; they have to be what the server gave. @spec RFC 7592 §2.2 */
export function replacementFault({ client_id, client_secret }: Readonly<Record<string, unknown>>, { metadata }: RegisteredClient): Refusal | undefined {
  if (client_id !== metadata.client_id) return refuseMetadata('client_metadata_invalid', 'client_id is not that of this registration')
  if (client_secret === undefined || client_secret === null) return undefined
  const known = typeof client_secret === 'string' ? digest(client_secret) : ''
  const isOwn = metadata.secrets?.some((secret) => sameDigest(secret.digest ?? '', known)) === true
  return isOwn ? undefined : refuseMetadata('client_metadata_invalid', 'client_secret is not that of this client; leave it out')
}

/** A client ends its registration, and with it everything that it holds. @spec RFC 7592 §2.3 */
export function endRegistration(client_id: string, token: Digest | undefined): Attempt<Registered> {
  const needs = {
    row: find('client', client_id),
    count: find('registration_count', COUNT_KEY),
    authorizations: among('authorization', 'client_id', client_id),
    consents: among('consent', 'client_id', client_id),
  } as const
  return attempt(needs, ({ row, count, authorizations, consents }, { now }): Registered | Refusal => {
    const own = managed(row, token, now)
    if (isRefusal(own)) return own
    const fewer = keep(count, adjusted(countedAt(count, now), own.expiresAt, -1))
    const ended = [...authorizations.flatMap((authorization) => revoke(authorization, now)), ...consents.map((consent) => remove(consent))]
    return { kind: 'registered', record: recordOf(own), writes: [remove(own), fewer, ...ended] }
  })
}

/** A client was used for the first time: from now on it stays. */
export function firstUse(client_id: string): Attempt<Registered> {
  const needs = { row: find('client', client_id), count: find('registration_count', COUNT_KEY) } as const
  return attempt(needs, ({ row, count }, { now }): Registered | Refusal => {
    if (!isRegistered(row, now)) return refuse('client_unknown', { client_id })
    const { expiresAt, ...before } = recordOf(row)
    if (expiresAt === undefined) return { kind: 'registered', record: before, writes: [] }
    const record: RegisteredClient = { ...before, usedAt: now }
    const counted = adjusted(adjusted(countedAt(count, now), expiresAt, -1), undefined, 1)
    return { kind: 'registered', record, writes: [replace(row, record), keep(count, counted)] }
  })
}

/** The row, if the token is the one that was given for it. */
function managed(row: Row<'client'> | undefined, token: Digest | undefined, now: Instant): Row<'client'> | Refusal {
  if (token === undefined) return refuse('registration_access_token_missing')
  return isRegistered(row, now) && sameDigest(row.registration_access_token, token) ? row : refuse('registration_access_token_wrong')
}

function recordOf(row: Row<'client'>): RegisteredClient {
  const { kind: _kind, key: _key, revision: _revision, ...record } = row
  return record
}
