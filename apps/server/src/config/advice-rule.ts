import type { Finding } from '@latchkey/core'

/** What can stand, but an operator should know: a `warning` weakens something, `advice` could be better. */
export interface Advice extends Finding {
  readonly severity: 'warning' | 'advice'
}

/** A rule on what can stand: whether it applies, what it says, and where. */
export type AdviceRule = readonly [applies: boolean, severity: Advice['severity'], path: string, reason: string, remedy: string]

/** What the rules that apply say. */
export function adviceOf(rules: readonly AdviceRule[]): readonly Advice[] {
  return rules.flatMap(([applies, severity, path, reason, remedy]) => (applies ? [{ severity, path, reason, remedy }] : []))
}
