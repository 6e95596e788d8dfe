import type { RedirectUri } from '../brand.ts'
import type { Client } from './metadata.ts'

const LONGEST = 2_000
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(\/[^#]*)?$/
const PRINTABLE = /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/
const RESERVED = /[?&](code|state|iss|error|error_description|error_uri|session_state|id_token|access_token|response)=/
const AUTHORITY = /^https:\/\/([a-z0-9._~%-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?([/?].*)?$/i
const UNSAFE_SCHEMES: ReadonlySet<string> = new Set(['javascript', 'vbscript', 'file', 'data', 'mailto', 'ftp', 'blob', 'about', 'ssh', 'tel', 'view-source', 'ws', 'wss'])

/**
 * The redirect URI of a request as one that the client registered: equal to the letter, but for a native app's port on a loopback address.
 * @spec RFC 9700 §2.1, RFC 8252 §7.3
 */
export function registeredRedirectUri(text: string, client: Client): RedirectUri | undefined {
  if (text.length > LONGEST) return undefined
  const isNative = client.application_type === 'native'
  return client.redirect_uris.some((registered) => registered === text || (isNative && equalButForLoopbackPort(registered, text))) ? (text as RedirectUri) : undefined
}

function hasAuthority(uri: string): boolean {
  const authority = AUTHORITY.exec(uri)
  return authority !== null && Number(authority[2] ?? 443) <= 65_535
}

function equalButForLoopbackPort(registered: string, text: string): boolean {
  const known = LOOPBACK.exec(registered)
  const asked = known && LOOPBACK.exec(text)
  if (!known || !asked || Number(asked[2] ?? 80) > 65_535) return false
  return known[1] === asked[1] && (known[3] ?? '') === (asked[3] ?? '')
}

/**
 * Why a redirect URI cannot be registered, or `undefined` when it can: https, a private-use scheme with a dot in it, or http on a
 * loopback address.
 * @spec RFC 9700 §2.6, RFC 8252 §7.1, §8.4
 */
export function redirectUriFault(uri: string, application_type: 'web' | 'native'): string | undefined {
  if (uri.length > LONGEST) return `is longer than ${LONGEST} characters`
  if (uri.includes('#')) return 'has a fragment'
  if (uri.includes('*')) return 'has a wildcard; register each address'
  if (!PRINTABLE.test(uri)) return 'has a character that no URI has'
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]
  if (scheme === undefined) return 'is not an absolute URI'
  const lower = scheme.toLowerCase()
  if (UNSAFE_SCHEMES.has(lower)) return `has the unsafe scheme ${lower}`
  if (RESERVED.test(uri.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))) return 'has a query parameter that the response will carry'
  if (lower === 'https') return hasAuthority(uri) ? undefined : 'has no valid host and port, or user information before them'
  if (lower === 'http') return /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?([/?].*)?$/.test(uri) ? undefined : 'is plain http to another machine; use https'
  if (!lower.includes('.')) return 'has a private-use scheme without a dot; use the reversed name of a domain you own'
  return application_type === 'native' ? undefined : 'has a private-use scheme, which only application_type native may have'
}
