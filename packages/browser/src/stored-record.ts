import { isJsonRecord } from '@latchkey/client/parts'

/** Reads an object from stored JSON in which these members are objects too, or `undefined` for anything else that may stand there. */
export function parseStored<T>(text: string | null | undefined, ...members: readonly (keyof T & string)[]): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return holds<T>(value, members) ? value : undefined
  } catch {
    return undefined
  }
}

function holds<T>(value: unknown, members: readonly string[]): value is T {
  return isJsonRecord(value) && members.every(member => isJsonRecord(value[member]))
}
