import type { Finding } from '@latchkey/core'
import type { Paint } from './terminal.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Findings for people, one paragraph each. What came from a file cannot steer the terminal. */
export function findingsText(findings: readonly Finding[], colour: 'red' | 'yellow' | 'cyan', paint: Paint): string {
  return findings.map(({ path, reason, remedy }) => `  ${paint[colour](paint.bold(visible(path)))} ${visible(reason)}\n    ${paint.dim('→')} ${visible(remedy)}\n`).join('')
}

/** How many things there are, as in “1 problem” and “2 problems”. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Text from elsewhere, with what would steer the terminal spelt out. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}
