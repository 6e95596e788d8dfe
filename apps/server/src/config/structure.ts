import type { Finding } from '@latchkey/core'
import { closest, distance } from 'fastest-levenshtein'
import type * as z from 'zod'
import { said } from './saying.ts'
import { configurationSchema } from './schema.ts'
import { keysAt, pathText } from './schema-path.ts'

type Issue = z.core.$ZodIssue

/** Everything in a configuration that does not fit the schema: unknown keys, missing members and values of the wrong kind. */
export function structureFindings(written: unknown): readonly Finding[] {
  const parsed = configurationSchema.safeParse(written, { reportInput: true })
  return parsed.success ? [] : parsed.error.issues.flatMap(findingsOf)
}

function findingsOf(issue: Issue): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, issue.path))
  const path = issue.path.length === 0 ? '(whole file)' : pathText(issue.path)
  return [{ path, ...(said(issue.message) ?? explained(issue)) }]
}

function unknownKey(key: string, path: Issue['path']): Finding {
  const known = keysAt(configurationSchema, path)
  const near = nearest(key, known)
  const remedy = near === undefined ? `remove it, or use one of ${known.join(', ')}` : `did you mean ${near}?`
  return { path: pathText([...path, key]), reason: 'is not a known key', remedy }
}

/** The one of some words that a misspelt word was probably meant to be. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined
  const simple = (text: string): string => text.replaceAll(/[_-]/g, '').toLowerCase()
  const same = words.find((other) => simple(other) === simple(word))
  if (same !== undefined) return same
  const near = closest(word, words)
  return distance(word, near) <= Math.max(2, Math.floor(near.length / 3)) ? near : undefined
}

function explained(issue: Issue): Pick<Finding, 'reason' | 'remedy'> {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? { reason: 'is missing', remedy: `add it: ${kind(issue.expected)}` } : { reason: `is ${received(issue.input)}, not ${kind(issue.expected)}`, remedy: `write ${kind(issue.expected)}` }
    case 'invalid_value':
      return invalidValue(issue.input, issue.values.map(String))
    case 'too_small':
      return { reason: 'is too small', remedy: `use at least ${issue.minimum}` }
    case 'too_big':
      return { reason: 'is too large', remedy: `use at most ${issue.maximum}` }
    default:
      return { reason: 'is not a value that can stand here', remedy: 'see the configuration reference' }
  }
}

function invalidValue(input: unknown, values: readonly string[]): Pick<Finding, 'reason' | 'remedy'> {
  const all = values.join(', ')
  if (input === undefined) return { reason: 'is missing', remedy: `use one of ${all}` }
  if (typeof input !== 'string') return { reason: `is ${received(input)}`, remedy: `use one of ${all}` }
  const near = nearest(input, values)
  return { reason: `"${input.slice(0, 60)}" is not a possible value`, remedy: near === undefined ? `use one of ${all}` : `did you mean ${near}? Possible are ${all}` }
}

const KINDS: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'an object' }

function kind(expected: string): string {
  return KINDS[expected] ?? expected
}

function received(input: unknown): string {
  if (input === null) return 'null'
  if (Array.isArray(input)) return 'a list'
  return KINDS[typeof input] ?? typeof input
}
