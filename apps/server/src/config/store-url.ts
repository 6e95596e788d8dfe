import type { Finding } from '@latchkey/core'
import path from 'node:path'

/** Where the store is. */
export type StoreLocation = { readonly kind: 'sqlite'; readonly file: string } | PostgresLocation | { readonly kind: 'memory' }

/** A PostgreSQL database. Its URL may hold a password: `at` is what others may see. */
export interface PostgresLocation {
  readonly kind: 'postgres'
  readonly url: string
  readonly at: string
  /** Whether it is reached over a network on which others could read or change what is said. */
  readonly isExposed: boolean
}

/** The location as a log or a screen may show it. */
export function shownStore(location: StoreLocation): string {
  switch (location.kind) {
    case 'sqlite':
      return location.file
    case 'postgres':
      return location.at
    case 'memory':
      return 'memory'
  }
}

/** The store that a text such as `sqlite:./data/latchkey.db` names, with its path resolved from `folder`, or what is wrong with the text. */
export function parseStoreUrl(text: string, at: string, folder: string): StoreLocation | Finding {
  const [, scheme = '', rest = ''] = /^([a-z0-9+.-]+):(.*)$/is.exec(text) ?? []
  switch (scheme.toLowerCase()) {
    case 'memory':
      return rest === '' || rest === '//' ? { kind: 'memory' } : { path: at, reason: 'has something after memory:', remedy: 'write memory: alone' }
    case 'sqlite':
      return sqlite(rest, at, folder)
    case 'postgres':
    case 'postgresql':
      return postgres(text, at)
    default:
      return { path: at, reason: 'is not a store that Latchkey knows', remedy: 'write sqlite:PATH, such as sqlite:./data/latchkey.db, or postgres://USER:PASSWORD@HOST/DATABASE, or memory:' }
  }
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])?$/

/** What is wrong is said without the text, which may hold a password. */
function postgres(text: string, at: string): StoreLocation | Finding {
  if (!URL.canParse(text)) return { path: at, reason: 'is no URL', remedy: 'write postgres://USER:PASSWORD@HOST/DATABASE, with any of : / ? # @ % in the password as %3A %2F %3F %23 %40 %25' }
  const { hostname, host, pathname, searchParams } = new URL(text)
  if (pathname.length < 2) return { path: at, reason: 'names no database', remedy: 'write postgres://USER:PASSWORD@HOST/DATABASE' }
  const socket = searchParams.get('host')
  const isEncrypted = ['require', 'verify-ca', 'verify-full'].includes(searchParams.get('sslmode') ?? '')
  return { kind: 'postgres', url: text, at: `postgres://${socket ?? host}${pathname}`, isExposed: !isEncrypted && !LOCAL.test(hostname) && socket?.startsWith('/') !== true }
}

function sqlite(rest: string, at: string, folder: string): StoreLocation | Finding {
  const file = rest.replace(/^\/\/(?=[./])/, '')
  if (file === '') return { path: at, reason: 'names no file', remedy: 'write sqlite:PATH, such as sqlite:./data/latchkey.db' }
  if (file.startsWith(':memory:')) return { path: at, reason: 'is no file', remedy: 'write memory: for a store that forgets everything' }
  return file.includes('\0') || /[?#]/.test(file) ? { path: at, reason: 'has a character that its file name can not have', remedy: 'write a plain path' } : { kind: 'sqlite', file: path.resolve(folder, file) }
}
