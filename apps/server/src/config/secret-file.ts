import type { Finding } from '@latchkey/core'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The secret in a file, without the line end that editors add, or why it can not be read. */
export function readSecretFile(file: string, at: string, folder: string): { readonly secret: string } | Finding {
  const full = path.resolve(folder, file)
  try {
    const secret = readFileSync(full, 'utf8').replace(/\r?\n$/, '')
    return secret === '' ? { path: at, reason: `names a file that is empty: ${full}`, remedy: 'write the secret into the file' } : { secret }
  } catch (error) {
    return { path: at, reason: `names a file that ${unreadable(error)}: ${full}`, remedy: 'correct the path, or let this user read the file' }
  }
}

/** Why a file could not be read, as the end of a sentence that begins with the file. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'can not be read by this user'
  return code === 'EISDIR' ? 'is a folder' : 'can not be read'
}
