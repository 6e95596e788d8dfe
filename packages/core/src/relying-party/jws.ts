import { decodeBase64url } from '../base64url.ts'

/** A JSON object nobody has judged yet. */
export type JsonRecord = { readonly [name: string]: unknown }

/** Tells whether a parsed JSON value is an object. */
export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The readable parts of a signed JWT; nothing in it is trustworthy yet. */
export interface ParsedJws {
  readonly header: JsonRecord
  readonly payload: JsonRecord
  readonly signature: string
}

/** Reads a JWT in compact serialization, or `undefined` when it is none. @spec RFC 7519 §7.2, RFC 7515 §5.2 */
export function parseJws(jwt: string): ParsedJws | undefined {
  const [head, body, signature, ...more] = jwt.split('.')
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) return undefined
  const header = parseSegment(head)
  const payload = parseSegment(body)
  return header && payload && { header, payload, signature }
}

function parseSegment(segment: string): JsonRecord | undefined {
  const bytes = decodeBase64url(segment)
  if (bytes === undefined) return undefined
  try {
    let escaped = ''
    for (const byte of bytes) escaped += `%${(byte + 256).toString(16).slice(1)}`
    const value: unknown = JSON.parse(decodeURIComponent(escaped))
    return isJsonRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
