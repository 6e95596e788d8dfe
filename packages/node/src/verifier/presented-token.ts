/** What the Authorization header of a request presents. */
export type Presented = { readonly kind: 'token'; readonly scheme: 'Bearer' | 'DPoP'; readonly token: string } | { readonly kind: 'nothing' } | { readonly kind: 'malformed'; readonly scheme: 'Bearer' | 'DPoP' }

const SCHEME = /^(bearer|dpop)(?=[ \t,]|$)/i
const B64TOKEN = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]+=*) *$/i

/** Finds the access token of a request, in its Authorization header and nowhere else. @spec RFC 6750 §2.1, RFC 9449 §7.1 */
export function findToken(headers: Headers): Presented {
  const value = headers.get('authorization') ?? ''
  const named = SCHEME.exec(value)?.[1]
  if (named === undefined) return { kind: 'nothing' }
  const scheme = named.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
  const token = B64TOKEN.exec(value)?.[1]
  return token === undefined ? { kind: 'malformed', scheme } : { kind: 'token', scheme, token }
}
