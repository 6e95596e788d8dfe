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

/** The text of a body, if it is not too large. What a request declares of its length is a hint to refuse early, never a reason to read on. */
export async function readBounded(http: Request): Promise<string | Refusal> {
  const declared = Number(http.headers.get('content-length') ?? 0)
  if (declared > LARGEST_BODY) return refuse('body_too_large', { bytes: declared })
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of http.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > LARGEST_BODY) return refuse('body_too_large', { bytes })
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
