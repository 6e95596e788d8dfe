/**
 * PostgreSQL keeps neither U+0000 nor a lone surrogate in text. In what we store, U+001A and four hex digits stand for either, and for U+001A.
 */
const UNSTORABLE = /[\0\x1a\p{Surrogate}]/gu
const UNSTORABLE_IN_JSON = /\\\\|\\u(0000|001a|d[89a-f][0-9a-f]{2})/g
const STANDING_IN = /\x1a([0-9a-f]{4})/g
const STANDING_IN_IN_JSON = /\\\\|\\u001a([0-9a-f]{4})/g

/** A name as it is stored and looked up. */
export function storedText(text: string): string {
  return text.replace(UNSTORABLE, (unit) => `\x1a${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The name that {@link storedText} stored. */
export function textOf(stored: string): string {
  return stored.includes('\x1a') ? stored.replace(STANDING_IN, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : stored
}

/** The JSON of a value with every text in it as {@link storedText} has it. */
export function storedJson(value: unknown): string {
  const json = JSON.stringify(value)
  return json.includes('\\u') ? json.replace(UNSTORABLE_IN_JSON, (found, hex: string | undefined) => (hex === undefined ? found : `\\u001a${hex}`)) : json
}

/** The value that {@link storedJson} stored. */
export function valueOf(stored: string): unknown {
  return JSON.parse(stored.includes('\\u001a') ? stored.replace(STANDING_IN_IN_JSON, (found, hex: string | undefined) => (hex === undefined ? found : `\\u${hex}`)) : stored)
}
