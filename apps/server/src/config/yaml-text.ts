import { parseDocument, type YAMLParseError } from 'yaml'
import type { Written } from './read-file.ts'

/** What a YAML text holds, or where it is not YAML. */
export function readYaml(text: string): Written {
  const document = parseDocument(text, { prettyErrors: true, version: '1.2' })
  if (document.errors.length > 0) {
    return {
      findings: firstOfEachLine(document.errors).map(({ linePos, message }) => ({
        path: linePos === undefined ? 'the file' : `line ${linePos[0].line}, column ${linePos[0].col}`,
        reason: message.split(/ at line \d+|\n/, 1)[0]?.trim() ?? 'this is not YAML',
        remedy: 'correct it; texts with a colon or a # need quotation marks',
      })),
    }
  }
  try {
    return { written: document.toJS({ maxAliasCount: 20 }) as unknown }
  } catch {
    return { findings: [{ path: 'the file', reason: 'has aliases that can not be followed', remedy: 'write the values out' }] }
  }
}

// One slip makes several errors on its line, of which the first is the one to read.
function firstOfEachLine(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  return [...new Map(errors.toReversed().map((error) => [error.linePos?.[0].line, error])).values()].toReversed().slice(0, 5)
}
