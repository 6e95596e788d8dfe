import { type Form, isRefusal, parseForm, type Refusal, refuse, singleValued } from '@latchkey/core'

/** Larger bodies are refused before they are read. */
export const LARGEST_BODY = 65_536

const FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-8"?\s*)?$/i

/** The form that a request's body spells, with every parameter given once. @spec RFC 6749 §3.2 */
export async function readForm(http: Request): Promise<Form | Refusal> {
  const form = await readAnyForm(http)
  return isRefusal(form) ? form : singleValued(form)
}

/** The form that a request's body spells, repeated parameters and all. */
export async function readAnyForm(http: Request): Promise<Form | Refusal> {
  if (!FORM.test(http.headers.get('content-type') ?? '')) return refuse('content_type_unsupported', { content_type: http.headers.get('content-type') ?? '' })
  const text = await readText(http)
  return typeof text === 'string' ? parseForm(text) : text
}

async function readText(http: Request): Promise<string | Refusal> {
  const declared = Number(http.headers.get('content-length') ?? Number.NaN)
  if (declared > LARGEST_BODY) return refuse('body_too_large', { bytes: declared })
  return Number.isNaN(declared) ? readBounded(http) : http.text()
}

async function readBounded(http: Request): Promise<string | Refusal> {
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
