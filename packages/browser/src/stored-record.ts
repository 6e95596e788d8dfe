import { isJsonRecord, parseJson } from '@latchkey/client/parts'

/** Reads an object from stored JSON in which these members are objects too, or `undefined` for anything else that may stand there. */
export function parseStored<T>(text: string | null | undefined, ...members: readonly (keyof T & string)[]): T | undefined {
  const value = parseJson(text ?? '')
  return holds<T>(value, members) ? value : undefined
}

function holds<T>(value: unknown, members: readonly string[]): value is T {
  return isJsonRecord(value) && members.every(member => isJsonRecord(value[member]))
}
