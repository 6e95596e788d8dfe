import type { Finding } from '@latchkey/core'
import path from 'node:path'

/** Where the store is. */
export type StoreLocation = { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'memory' }

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
      return { path: at, reason: 'names PostgreSQL, which is not available yet', remedy: 'use sqlite:./data/latchkey.db' }
    default:
      return { path: at, reason: 'is not a store that Latchkey knows', remedy: 'write sqlite:PATH, such as sqlite:./data/latchkey.db, or memory:' }
  }
}

function sqlite(rest: string, at: string, folder: string): StoreLocation | Finding {
  const file = rest.replace(/^\/\/(?=[./])/, '')
  if (file === '') return { path: at, reason: 'names no file', remedy: 'write sqlite:PATH, such as sqlite:./data/latchkey.db' }
  if (file.startsWith(':memory:')) return { path: at, reason: 'is no file', remedy: 'write memory: for a store that forgets everything' }
  return file.includes('\0') || /[?#]/.test(file) ? { path: at, reason: 'has a character that its file name can not have', remedy: 'write a plain path' } : { kind: 'sqlite', file: path.resolve(folder, file) }
}
