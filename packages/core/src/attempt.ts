import type { Instant } from './brand.ts'
import type { Refusal } from './decision.ts'
import type { Known, Needs } from './needs.ts'

/** When a decision is made, and a random name it may give: time and randomness are arguments. */
export interface Moment {
  readonly now: Instant
  /** A name never given before: 27 base64url characters, 160 random bits. Not a secret once used. */
  readonly fresh: string
}

/** A request that was understood: what must be known to decide it, and the decision. */
export interface Attempt<Decision = unknown, N extends Needs = Needs> {
  readonly needs: N
  decide(known: Known<N>, moment: Moment): Decision | Refusal
}

/** An attempt whose needs only it knows: the decision is type-checked here, where the two meet. */
export function attempt<Decision, const N extends Needs>(needs: N, decide: (known: Known<N>, moment: Moment) => Decision | Refusal): Attempt<Decision> {
  return { needs, decide: (known, moment) => decide(known as Known<N>, moment) }
}
