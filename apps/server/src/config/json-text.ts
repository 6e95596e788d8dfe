import { type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser'
import type { Finding } from '@latchkey/core'

const REASONS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'there is a word that is no value',
  InvalidNumberFormat: 'there is a number that is none',
  PropertyNameExpected: 'a key in double quotation marks is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'something stands after the end',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a quotation mark is missing',
  UnexpectedEndOfNumber: 'a number is not finished',
  InvalidUnicode: 'a \\u escape is malformed',
  InvalidEscapeCharacter: 'there is an unknown escape in a text',
  InvalidCharacter: 'there is a character that JSON does not allow, such as a tab or line end in a text',
}

/** What is wrong with a text that should be JSON, keys given twice included; `undefined` when nothing is. */
export function jsonFindings(text: string): { readonly findings: readonly Finding[] } | undefined {
  const findings: Finding[] = []
  const objects: Set<string>[] = []
  const add = (line: number, column: number, reason: string, remedy: string): void => {
    findings.push({ path: `line ${line + 1}, column ${column + 1}`, reason, remedy })
  }
  visit(text, {
    onObjectBegin: () => void objects.push(new Set()),
    onObjectEnd: () => void objects.pop(),
    onObjectProperty(name, _offset, _length, line, column) {
      const seen = objects.at(-1)
      if (seen?.has(name) === true) add(line, column, `the key "${name}" is given twice`, 'keep one of them')
      seen?.add(name)
    },
    onError: (code: ParseErrorCode, _offset, _length, line, column) => add(line, column, REASONS[printParseErrorCode(code)] ?? 'this is not JSON', 'correct it; with comments or trailing commas in mind, use latchkey.config.yaml'),
  }, { disallowComments: true, allowTrailingComma: false })
  if (findings.length === 0 && isNoJson(text)) add(0, 0, 'this is not JSON', 'correct it')
  return findings.length === 0 ? undefined : { findings: findings.slice(0, 5) }
}

function isNoJson(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}
