import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { storedJson, storedText, textOf, valueOf } from '../src/stored-text.ts'

const UNSTORABLE = /[\0\p{Surrogate}]/u
/** Text with plenty of what PostgreSQL can not keep, and of what stands in for it. */
const hostile = fc.array(fc.oneof(fc.constantFrom('\0', '\x1a', '\ud83d', '\udd11', '🔑', '\\', '\\u0000', '\\u001a', '0000', '"', 'u'), fc.string({ unit: 'binary' }))).map((parts) => parts.join(''))

describe('text that PostgreSQL can not keep', () => {
  it('comes back as it was, and is kept as text that it can keep', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(storedText(text)).not.toMatch(UNSTORABLE)
        expect(textOf(storedText(text))).toBe(text)
      }),
    )
  })
  it('comes back within records, as member names and as values', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, text) => {
        const record = { [name === '__proto__' ? 'x' : name]: [text, { text }] }
        expect(valueOf(storedJson(record))).toEqual(record)
        expect(storedJson(record)).not.toMatch(/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/)
      }),
    )
  })
  it('is the same within a record as by itself, so that an index finds it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect((JSON.parse(storedJson({ text })) as { text: string }).text).toBe(storedText(text))
      }),
    )
  })
  it('would be noticed: plain JSON escapes what PostgreSQL refuses', () => {
    expect(JSON.stringify('\0\ud83d')).toBe('"\\u0000\\ud83d"')
    expect(storedJson('\0\ud83d')).toBe('"\\u001a0000\\u001ad83d"')
  })
})
