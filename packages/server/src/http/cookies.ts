import { parse, serialize } from 'hono/utils/cookie'
import { digest, type Issuer, type Seconds } from '@latchkey/core'

/** The cookies of one server: their names, and how they are set. */
export interface Cookies {
  /** The value that a browser sends for a cookie, `undefined` when it sends none. */
  read(http: Request, name: CookieName): string | undefined
  /** A `Set-Cookie` value. `maxAge` 0 takes the cookie away. */
  write(name: CookieName, value: string, maxAge: Seconds): string
}

/**
 * What tells the cookies of an issuer from those of others on its host: browsers send a cookie to each port, and the prefix wants them at each path.
 * Nothing for an issuer that has its host to itself.
 * @spec RFC 6265bis §8.5, §8.6
 */
function placeOf(issuer: Issuer): string {
  const { port, pathname } = new URL(issuer)
  return port === '' && pathname === '/' ? '' : `-${digest(issuer).slice(0, 8)}`
}

/** `session`: the browser's login with us. `browser`: ties interactions to the browser that began them. */
export type CookieName = 'session' | 'browser'

/** For how long a browser is known again: longer than any interaction lasts. */
export const BROWSER_COOKIE_LIFETIME: Seconds = 86_400

/** Cookies that scripts can not read and other sites can not send along; with https bound to the host by their name. @spec RFC 6265bis §4.1.3.2 */
export function cookiesOf(issuer: Issuer): Cookies {
  const secure = issuer.startsWith('https:')
  const place = placeOf(issuer)
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}latchkey${place}-${name}`
  return {
    read(http, name) {
      const value = parse(http.headers.get('cookie') ?? '', nameOf(name))[nameOf(name)]
      return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined
    },
    write: (name, value, maxAge) => serialize(nameOf(name), value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge }),
  }
}
