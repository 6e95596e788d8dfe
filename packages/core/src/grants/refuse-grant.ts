import { type Facts, type Refusal, refuse } from '../decision.ts'
import { EXTENSION_ERRORS, type ExtensionError } from '../registry/error-codes.ts'
import type { Write } from '../records.ts'

/** What an extension grant says no with. */
export interface GrantRefusal {
  readonly error: ExtensionError
  /** What the caller reads; characters that `error_description` may not have become `?`, and only the first 200 are sent. */
  readonly description?: string
  /** Further members of the error response. */
  readonly members?: Readonly<Record<string, unknown>>
  /** What the operator may see: never a secret. */
  readonly facts?: Facts
  /** What the refusal itself changes. */
  readonly writes?: readonly Write[]
}

const LONGEST_DESCRIPTION = 200
const OURS: readonly string[] = ['error', 'error_description']

/** The no of an extension grant in its own words. An error outside the list becomes `invalid_grant`. @spec RFC 6749 §5.2 */
export function refuseGrant({ error, description, members = {}, facts = {}, writes = [] }: GrantRefusal): Refusal {
  const known: readonly string[] = EXTENSION_ERRORS
  const told = {
    error: known.includes(error) ? error : ('invalid_grant' as const),
    ...(description === undefined ? {} : { description: description.slice(0, LONGEST_DESCRIPTION).replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?') }),
    members: Object.fromEntries(Object.entries(members).filter(([name]) => !OURS.includes(name))),
  }
  return { ...refuse('extension_refused', { ...facts, error: told.error }, writes), told }
}
