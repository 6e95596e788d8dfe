/** A request as it is written, before it is one. */
export interface Written {
  readonly method: string
  readonly path: string
  readonly query: readonly Field[]
  readonly form: readonly Field[]
  readonly headers: readonly Field[]
  /** What is sent instead of the form. */
  readonly body?: string
}

export type Field = readonly [name: string, value: string]

/** Draws numbers from 0 up to, and not with, a limit; the same ones for the same seed. */
export type Draw = (limit: number) => number

/** Mulberry32. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

const one = <T>(draw: Draw, items: readonly [T, ...T[]]): T => items[draw(items.length)] ?? items[0]

/** Text that has broken parsers before. */
export const ODDITIES: readonly [string, ...string[]] = [
  '', ' ', '\0', '%', '%zz', '%00', '%ff%fe', '+', '&', '=', '"', "'", '<script>', '\\', '/', '//evil.example', '..', '../../etc', '.', '..', '...', 'null', 'undefined', 'NaN', 'true', '0', '-1', '1e309', '9007199254740993',
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', '{}', '[]', '{"__proto__":{"x":1}}', '{"a":'.repeat(200), '['.repeat(2_000), '\ud800', 'ﬀ', 'İ', '\u202e', '👩‍👩‍👧‍👧', 'é', 'a'.repeat(5_000), '\r\nSet-Cookie: a=b', '\t', 'https://', 'https://[::1', 'https://user@host@evil.example/', 'javascript:alert(1)', 'urn:', 'urn:ietf:params:oauth:request_uri:x',
  'eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJFUzI1NiJ9.W10.AAAA', 'eyJhbGciOiJFUzI1NiIsImNyaXQiOlsiYiJdfQ.e30.AAAA', 'bnVsbA.bnVsbA.bnVsbA', 'Basic', 'Basic Og==', 'Basic /w==', 'Bearer', 'Bearer ', 'Bearer a b', 'DPoP x',
]

/** The same text with one thing changed. */
export function mutatedText(text: string, draw: Draw): string {
  const at = draw(text.length + 1)
  const change = draw(8)
  if (change === 0) return text.slice(0, at)
  if (change === 1) return text.slice(0, at) + text.slice(at + 1 + draw(4))
  if (change === 2) return text.slice(0, at) + String.fromCharCode(draw(0x250)) + text.slice(at)
  if (change === 3) return text.slice(0, at) + one(draw, ODDITIES) + text.slice(at)
  if (change === 4) return text.slice(0, at) + text.slice(at).repeat(1 + draw(3))
  if (change === 5) return draw(2) === 0 ? text.toUpperCase() : [...text].toReversed().join('')
  if (change === 6) return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) || 64) ^ (1 << draw(7))) + text.slice(at + 1)
  return one(draw, ODDITIES)
}

/** The same fields with one thing changed; names come from elsewhere in the corpus too. */
export function mutatedFields(fields: readonly Field[], others: readonly Field[], draw: Draw): readonly Field[] {
  const at = draw(Math.max(1, fields.length))
  const here = fields[at]
  const foreign = others[draw(Math.max(1, others.length))] ?? ['x', 'y']
  const change = draw(6)
  if (here === undefined || change === 0) return [...fields, foreign]
  if (change === 1) return fields.toSpliced(at, 1)
  if (change === 2) return [...fields, here]
  if (change === 3) return fields.with(at, [mutatedText(here[0], draw), here[1]])
  if (change === 4) return fields.with(at, [here[0], foreign[1]])
  return fields.with(at, [here[0], mutatedText(here[1], draw)])
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const

/** The same request with one to four things changed. */
export function mutated(written: Written, corpus: readonly Written[], draw: Draw): Written {
  const fields = corpus.flatMap(({ query, form }) => [...query, ...form])
  const headers = corpus.flatMap((each) => each.headers)
  let now = written
  for (let times = 1 + draw(4); times > 0; times--) {
    const change = draw(12)
    if (change < 3) now = { ...now, query: mutatedFields(now.query, fields, draw) }
    else if (change < 8) now = { ...now, form: mutatedFields(now.form, fields, draw) }
    else if (change < 10) now = { ...now, headers: mutatedFields(now.headers, headers, draw) }
    else if (change === 10) now = draw(2) === 0 ? { ...now, method: one(draw, METHODS) } : { ...now, path: mutatedText(now.path, draw) }
    else now = { ...now, body: mutatedText(now.body ?? new URLSearchParams(now.form.map(([name, value]) => [name, value])).toString(), draw) }
  }
  return now
}

/** The request that is written, or undefined when no client could send it. */
export function requestOf({ method, path, query, form, headers, body }: Written, issuer: string): Request | undefined {
  const search = query.length === 0 ? '' : `?${new URLSearchParams(query.map(([name, value]) => [name, value]))}`
  const sent = body ?? (form.length === 0 ? undefined : new URLSearchParams(form.map(([name, value]) => [name, value])).toString())
  try {
    return new Request(`${issuer}${path}${search}`, { method, headers: headers.map(([name, value]): [string, string] => [name, value]), ...(sent === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: sent }) })
  } catch {
    return undefined
  }
}
