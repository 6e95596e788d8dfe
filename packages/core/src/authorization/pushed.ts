import { type Attempt, attempt } from '../attempt.ts'
import type { Digest, Instant, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { refuse, type Refusal } from '../decision.ts'
import { digest } from '../digest.ts'
import { type Form, formOf } from '../form.ts'
import { amend, insert, type Row, type Write } from '../records.ts'
import { INTERACTION_KEPT } from './interaction.ts'

/** What the `request_uri` of a pushed request begins with; a secret follows. @spec RFC 9126 §2.2 */
export const PUSHED_REQUEST_PREFIX = 'urn:ietf:params:oauth:request_uri:'

/** Parameters that say who the client is, or that have been read: they are no part of what it asks for. @spec RFC 9126 §2.1 */
const NOT_KEPT: ReadonlySet<string> = new Set(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'request', 'request_uri'])

/** A request that is kept for the browser to bring. */
export interface Pushed {
  readonly kind: 'pushed'
  readonly expires_in: Seconds
  readonly writes: readonly Write[]
}

/** A request that has been found good is kept under this key. @spec RFC 9126 §2.2 */
export function push(form: Form, { client_id, policy }: Client, key: Digest): Attempt<Pushed> {
  return attempt({}, (_, { now }): Pushed => {
    const parameters = form.names.filter((name) => !NOT_KEPT.has(name)).flatMap((name) => form.all(name).map((value) => [name, value] as const))
    const expires_in = policy.pushedRequestLifetime
    const usableUntil = now + expires_in
    return { kind: 'pushed', expires_in, writes: [insert('pushed_request', key, { client_id, parameters, usableUntil, expiresAt: usableUntil + INTERACTION_KEPT })] }
  })
}

/** The key of the pushed request that a `request_uri` names, `undefined` when it is an address to be fetched. */
export function pushedRequestKey(request_uri: string): Digest | undefined {
  return request_uri.startsWith(PUSHED_REQUEST_PREFIX) ? digest(request_uri.slice(PUSHED_REQUEST_PREFIX.length)) : undefined
}

/** What a client pushed, as the one form of its request: nothing that the browser says beside it counts. @spec RFC 9126 §4 */
export function pushedForm(row: Row<'pushed_request'> | undefined, client: Client, now: Instant): Form | Refusal {
  const unused = unusedBy(client, row)
  if (unused.kind === 'refusal') return unused
  if (unused.usableUntil <= now) return refuse('pushed_request_expired', { client_id: client.client_id })
  const values = new Map<string, string[]>()
  for (const [name, value] of unused.parameters) values.set(name, [...(values.get(name) ?? []), value])
  return formOf(values)
}

/** The write that uses a pushed request up, none when the request was not pushed. Opening it uses nothing up; answering does. @spec RFC 9126 §7.3 */
export function usePushed(key: Digest | undefined, row: Row<'pushed_request'> | undefined, client: Client, now: Instant): readonly Write[] | Refusal {
  if (key === undefined) return []
  const unused = unusedBy(client, row)
  return unused.kind === 'refusal' ? unused : [amend(unused, { usedAt: now })]
}

function unusedBy({ client_id }: Client, row: Row<'pushed_request'> | undefined): Row<'pushed_request'> | Refusal {
  if (row === undefined) return refuse('pushed_request_unknown', { client_id })
  if (row.client_id !== client_id) return refuse('pushed_request_of_another_client', { client_id })
  return row.usedAt === undefined ? row : refuse('pushed_request_used', { client_id })
}
