import type { ReturnAddress } from './authorization/return-address.ts'
import type { ErrorCode } from './registry/error-codes.ts'
import type { RefusalKey } from './refusals.ts'
import type { Row, Write } from './records.ts'
import type { AccessTokenPlan, CodePlan, DevicePlan, IdTokenPlan, RefreshTokenPlan } from './tokens/plan.ts'

/** What the operator may see of the facts behind a refusal: short texts and numbers, never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** What is said in place of the rule's own words: by an extension, or of what a client registers. Whoever makes it keeps it within what may be sent. */
export interface ToldRefusal {
  readonly error: ErrorCode
  readonly description?: string
  /** Further members of the error response. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** Our no, as a value: which rule, what it changes in the world, and where the caller can be told. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly key: RefusalKey
  /** For operators: what the rule saw. */
  readonly facts: Facts
  /** What the refusal itself changes, such as revoking the authorization of a replayed code. */
  readonly writes: readonly Write[]
  /** Where the user's browser may be sent with it. Without one the answer never is a redirect. */
  readonly returnTo?: ReturnAddress
  /** What the caller reads instead of the rule's error and text. */
  readonly told?: ToldRefusal
}

/** Our yes: what is to be minted, and the writes that it commits together with. */
export interface Issue {
  readonly kind: 'issue'
  readonly code?: CodePlan
  readonly device?: DevicePlan
  readonly accessToken?: AccessTokenPlan
  readonly refreshToken?: RefreshTokenPlan
  readonly idToken?: IdTokenPlan
  /** The browser session that it rests on. */
  readonly session?: IssuingSession
  /** Members that a grant adds to the token response. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly writes: readonly Write[]
}

/** The session under which something is issued: its key, its public name and its end. */
export type IssuingSession = Pick<Row<'session'>, 'key' | 'sid' | 'expiresAt'>

/** A no by the rule of this name. */
export function refuse(key: RefusalKey, facts: Facts = {}, writes: readonly Write[] = []): Refusal {
  return { kind: 'refusal', key, facts, writes }
}

/** The same refusal, told to the client through the user's browser. */
export function returned(refusal: Refusal, returnTo: ReturnAddress): Refusal {
  return { ...refusal, returnTo }
}

/** A yes with these plans and writes. */
export function issue(plans: Omit<Issue, 'kind' | 'writes'>, writes: readonly Write[]): Issue {
  return { kind: 'issue', ...plans, writes }
}

/** Whether a value is a refusal, whatever else it could have been. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refusal'
}
