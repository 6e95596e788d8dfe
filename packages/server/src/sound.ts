import { REFUSALS } from '@latchkey/core'

/**
 * The decision itself. Extensions decide too, and JavaScript lets them answer anything: what is no decision is a fault, thrown here,
 * before anything is drawn, signed or stored.
 */
export function sound<D>(decision: D): D {
  if (!isDecision(decision)) throw quieted(decision)
  return decision
}

function isDecision(decision: unknown): boolean {
  if (!isObject(decision) || typeof decision.kind !== 'string' || !Array.isArray(decision.writes)) return false
  if (decision.kind !== 'refusal') return true
  const isKnown = typeof decision.key === 'string' && Object.hasOwn(REFUSALS, decision.key) && isObject(decision.facts)
  // What can not be written as JSON has to be found now rather than while it is told.
  return isKnown && (decision.told === undefined || JSON.stringify(decision.told) !== undefined)
}

/** A promise would be answered too late; its failure must not end the process. */
function quieted(decision: unknown): Error {
  if (decision instanceof Promise) decision.catch(() => undefined)
  return new TypeError(decision instanceof Promise ? 'a decision is a promise: what has to be waited for is a need' : 'a decision is neither a refusal nor anything else that can be answered')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
