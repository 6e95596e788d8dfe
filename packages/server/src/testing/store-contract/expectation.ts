/** Throws unless both are the same values all the way down; the order of members does not matter, and absent is not `undefined`. */
export function mustEqual(actual: unknown, expected: unknown, what: string): void {
  if (isSame(actual, expected)) return
  throw new Error(`${what}: expected ${shown(expected)}, but the store answered ${shown(actual)}`)
}

/** Throws unless the work rejects. */
export async function mustReject(work: () => Promise<unknown>, what: string): Promise<void> {
  let answer: unknown
  try {
    answer = await work()
  } catch {
    return
  }
  throw new Error(`${what}: expected a rejection, but the store answered ${shown(answer)}`)
}

/** How often each outcome occurs. */
export function tally(outcomes: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && isSame(own(one, name), own(other, name)))
}

/** Not `object[name]`, which for `__proto__` may answer the prototype. */
function own(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
