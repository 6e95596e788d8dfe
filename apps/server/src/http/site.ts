import { parseAccept } from 'hono/utils/accept'
import type { Configuration } from '../config/configuration.ts'
import { chooseLocale, type DemoNotice, type Locale, type Site } from '../pages/index.ts'

/** What every page says about this server, in the language of its reader. */
export type SiteIn = (locale: Locale) => Site

/** The site of a configuration. */
export function siteOf({ issuer }: Configuration): SiteIn {
  return (locale) => ({ name: 'Latchkey', issuer, locale })
}

/** The language for a reader: what the client asks for, then what the browser prefers. */
export function localeFor(ui_locales: string | undefined, http: Request): Locale {
  const accepted = parseAccept((http.headers.get('accept-language') ?? '').slice(0, 1_000)).toSorted((one, other) => other.q - one.q)
  return chooseLocale([...(ui_locales ?? '').split(' ').filter((tag) => tag !== ''), ...accepted.map(({ type }) => type)])
}

/** The accounts that the pages of a demo show; nothing otherwise. */
export function demoNotice({ isDemo, users }: Configuration): { readonly demo?: DemoNotice } {
  if (!isDemo) return {}
  return { demo: { users: users.flatMap(({ username, password }) => (password === undefined ? [] : [{ username, password }])) } }
}
