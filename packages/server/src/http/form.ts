import { type Form, isRefusal, parseForm, type Refusal, refuse, singleValued } from '@latchkey/core'

/** Larger bodies are refused before they are read. */
export const LARGEST_BODY = 65_536

const FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-8"?\s*)?$/i

/** The form that a request's body spells, with every parameter given once. @spec RFC 6749 §3.2 */
export async function readForm(http: Request): Promise<Form | Refusal> {
  const text = await readFormText(http)
  const form = typeof text === 'string' ? parseForm(text) : text
  return isRefusal(form) ? form : singleValued(form)
}

/** The form that a request's body spells as it stands, not yet taken apart. */
export async function readFormText(http: Request): Promise<string | Refusal> {
  const content_type = http.headers.get('content-type') ?? ''
  return FORM.test(content_type) ? readBounded(http) : refuse('content_type_unsupported', { content_type: content_type.slice(0, 100) })
}

/** The query of a request as it stands, without its question mark. */
export function queryOf(http: Request): string {
  return new URL(http.url).search.slice(1)
}

/**
 * A body of a declared length is read in one go, which spares a stream for each request (20 µs of 75): whoever carries HTTP ends it there,
 * whatever comes after. A body of no declared length is read until it is too large.
 * @spec RFC 9112 §6.3
 */
async function readBounded(http: Request): Promise<string | Refusal> {
  const declared = Number(http.headers.get('content-length') ?? Number.NaN)
  if (declared > LARGEST_BODY) return refuse('body_too_large', { bytes: declared })
  if (!(declared >= 0)) return readStreamed(http)
  const text = await http.text().catch(() => undefined)
  if (text === undefined) return refuse('body_incomplete', { bytes: 0 })
  return text.length > LARGEST_BODY ? refuse('body_too_large', { bytes: text.length }) : text
}

async function readStreamed({ body }: Request): Promise<string | Refusal> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength
      if (bytes > LARGEST_BODY) return refuse('body_too_large', { bytes })
      text += decoder.decode(chunk, { stream: true })
    }
  } catch {
    return refuse('body_incomplete', { bytes })
  }
  return text + decoder.decode()
}
