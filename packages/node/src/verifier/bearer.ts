/** What the Authorization header of a request presents. */
export type Presented = { readonly kind: 'bearer'; readonly token: string } | { readonly kind: 'nothing' } | { readonly kind: 'malformed' }

const SCHEME = /^bearer(?=[ \t,]|$)/i
const B64TOKEN = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i

/** Finds the Bearer token of a request, in its Authorization header and nowhere else. @spec RFC 6750 §2.1 */
export function findBearer(headers: Headers): Presented {
  const value = headers.get('authorization')
  if (value === null || !SCHEME.test(value)) return { kind: 'nothing' }
  const token = B64TOKEN.exec(value)?.[1]
  return token === undefined ? { kind: 'malformed' } : { kind: 'bearer', token }
}
