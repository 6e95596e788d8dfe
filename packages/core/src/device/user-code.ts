import type { Brand } from '../brand.ts'

/** The short code that a person types to let a device in: eight letters. */
export type UserCodeText = Brand<string, 'UserCode'>

/** Consonants only: no look-alikes, no digits, and no words by accident. @spec RFC 8628 §6.1 */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const FAIR = 256 - (256 % ALPHABET.length)

/** A user code from random bytes, `undefined` when too few of them can be used; 32 bytes all but always do. 34 bits of chance. */
export function userCodeFrom(bytes: Uint8Array): UserCodeText | undefined {
  const letters = [...bytes].filter((byte) => byte < FAIR).map((byte) => ALPHABET.charAt(byte % ALPHABET.length))
  return letters.length < LENGTH ? undefined : (letters.slice(0, LENGTH).join('') as UserCodeText)
}

/** The user code that somebody typed: small letters, spaces and hyphens do not matter. @spec RFC 8628 §6.1 */
export function parseUserCode(text: string): UserCodeText | undefined {
  if (text.length > 40) return undefined
  const letters = text.replaceAll(/[ -]/g, '').replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
  return letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter)) ? (letters as UserCodeText) : undefined
}

/** How a user code is shown: `WDJB-MJHT`. */
export function spellUserCode(code: UserCodeText): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
