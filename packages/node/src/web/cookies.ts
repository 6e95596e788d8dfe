/** Reads the cookies of a request; of several with one name the first counts, and one that cannot be decoded is as it came. @spec RFC 6265 §5.4 */
export function readCookies(request: Request): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}

/** What a cookie is allowed to do. */
export interface CookieRules {
  readonly isSecure: boolean
  readonly sameSite: 'Lax' | 'None'
}

/** Names a cookie so that on https no other host can set it. @spec RFC 6265bis §4.1.3.2 */
export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name
}

/** Writes a cookie that scripts cannot read, for `maxAge` seconds; zero takes it away. */
export function writeCookie(name: string, value: string, maxAge: number, { isSecure, sameSite }: CookieRules): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=${sameSite}${isSecure ? '; Secure' : ''}`
}

/** Adds cookies to a response, which then no cache keeps. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response
  const answer = new Response(response.body, response)
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
  if (!answer.headers.has('cache-control')) answer.headers.set('cache-control', 'no-store')
  return answer
}
