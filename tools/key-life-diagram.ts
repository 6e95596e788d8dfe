import type { KEY_LIFE, KeyStage } from '../packages/core/src/keys/life.ts'

/** The state diagram of the life of a signing key, as Mermaid: drawn from the table, never by hand. */
export function keyLifeDiagram(life: typeof KEY_LIFE): string {
  const steps = Object.entries<KeyStage>(life).flatMap(([state, { until, next, orders }]) => {
    const reasons = new Map<string, readonly string[]>()
    const because = (target: string, reason: string) => reasons.set(target, [...(reasons.get(target) ?? []), reason])
    if (next !== undefined && until !== undefined) because(next, until)
    for (const [order, target] of Object.entries(orders)) because(target, order)
    return [...reasons].map(([target, words]) => `  ${state} --> ${target}: ${words.join(', ')}`)
  })
  return ['stateDiagram-v2', '  [*] --> announced', ...steps, '  deleted --> [*]'].join('\n')
}
