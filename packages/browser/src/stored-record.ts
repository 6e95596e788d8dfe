import { isJsonRecord } from '@latchkey/client/parts'

/** Reads an object from stored JSON of the kind that the test tells, or `undefined` for anything else that may stand there. */
export function parseStored<T>(text: string | null | undefined, is: (value: object) => value is T & object): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isJsonRecord(value) && is(value) ? value : undefined
  } catch {
    return undefined
  }
}
