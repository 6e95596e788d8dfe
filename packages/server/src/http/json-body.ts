import { isRefusal, type Refusal, refuse } from '@latchkey/core'
import { readBounded } from './form.ts'

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i

/** The JSON object in a request's body. @spec RFC 7591 §3.1 */
export async function readJson(http: Request): Promise<Readonly<Record<string, unknown>> | Refusal> {
  const content_type = http.headers.get('content-type') ?? ''
  if (!JSON_TYPE.test(content_type)) return refuse('json_expected', { content_type: content_type.slice(0, 100) })
  const text = await readBounded(http)
  if (isRefusal(text)) return text
  const value = parsed(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : refuse('json_expected')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
