import { parse, serialize } from 'hono/utils/cookie'
import { DEVICE_KNOWN, digest, type Issuer, type Seconds } from '@latchkey/core'

/** The cookies of one server: their names, and how they are set. */
export interface Cookies {
  /** The value that a browser sends for a cookie, `undefined` when it sends none. */
  read(http: Request, name: CookieName): string | undefined
  /** The name as the browser knows it. */
  nameOf(name: CookieName): string
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

/**
 * `session`: the browser's login with us. `browser`: ties interactions to the browser that began them, and tells it from others that guess. `state`: what the page at
 * `/check_session` reads to see whether the login is still the same; it opens nothing.
 */
export type CookieName = 'session' | 'browser' | 'state'

/** For how long a browser is known again: for as long as a device is known for who signed in with it. */
export const BROWSER_COOKIE_LIFETIME: Seconds = DEVICE_KNOWN

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
    nameOf,
    write(name, value, maxAge) {
      // The page that reads the state is framed by clients of other sites, which browsers send it to only with `None`, and that only with https.
      const kind = name === 'state' ? ({ httpOnly: false, sameSite: secure ? 'None' : 'Lax' } as const) : ({ httpOnly: true, sameSite: 'Lax' } as const)
      return serialize(nameOf(name), value, { path: '/', ...kind, secure, maxAge })
    },
  }
}
