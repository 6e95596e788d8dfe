import type { KeyState } from '@latchkey/core'
import type { ListedKey } from '@latchkey/server'
import type { Paint } from './terminal.ts'

const COLOURS = { announced: 'cyan', signing: 'green', retired: 'dim', deleted: 'dim' } as const satisfies Record<KeyState, keyof Paint>

/** The signing keys for people: one line each, with what happens to it next. */
export function keysText(keys: readonly ListedKey[], paint: Paint): string {
  if (keys.length === 0) return 'There are no signing keys yet: they are made when the server first starts.\n'
  return keys.map((key) => `${key.alg.padEnd(8)}${paint[COLOURS[key.state]](key.state.padEnd(11))}${key.kid}  ${paint.dim(nextOf(key))}\n`).join('')
}

/** The signing keys for programs, times in seconds since 1970. */
export function keysJson(keys: readonly ListedKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

function nextOf({ state, signsAt, retiresAt, expiresAt }: ListedKey): string {
  if (state === 'announced') return `signs from ${spelled(signsAt)}`
  if (state === 'retired' && expiresAt !== undefined) return `published until ${spelled(expiresAt)}`
  return retiresAt === undefined ? `since ${spelled(signsAt)}` : `until ${spelled(retiresAt)}`
}

/** As in `2026-11-22 09:30 UTC`. */
function spelled(instant: number): string {
  return `${new Date(instant * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
