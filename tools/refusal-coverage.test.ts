import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REFUSALS, type RefusalRule } from '../packages/core/src/refusals.ts'

const root = new URL('..', import.meta.url).pathname
// Client packages and pages make no refusals, but their tests quote wire errors, some of which are spelled like a key.
const files = globSync(['packages/{core,server,store-*}/{src,test}/**/*.{ts,tsx}', 'apps/server/{src,test}/**/*.{ts,tsx}'], { cwd: root }).filter((path) => !/relying-party|\/pages\//.test(path))
const rules = Object.entries<RefusalRule>(REFUSALS)

/** The keys that stand, in quotes, in none of these texts. */
function unquoted(keys: readonly string[], texts: readonly string[]): readonly string[] {
  return keys.filter((key) => !texts.some((text) => text.includes(`'${key}'`) || text.includes(`"${key}"`)))
}

function textsOf(isWanted: (path: string) => boolean): readonly string[] {
  return files.filter(isWanted).map((path) => readFileSync(`${root}${path}`, 'utf8'))
}

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path)
const NAMES_ONLY: readonly string[] = ['packages/core/src/refusals.ts', 'packages/core/src/registry/error-codes.ts']
const isSource = (path: string): boolean => path.includes('/src/') && !isTest(path) && !NAMES_ONLY.includes(path)

describe('every refusal', () => {
  const keys = rules.map(([key]) => key)

  it('is asserted in a test', () => {
    expect(unquoted(keys, textsOf(isTest))).toEqual([])
  })
  it('is made somewhere', () => {
    expect(unquoted(keys, textsOf(isSource))).toEqual([])
  })
  it('would be missed if no test or no source named it', () => {
    expect(unquoted(['no_such_refusal', ...keys], textsOf(isTest))).toContain('no_such_refusal')
    expect(unquoted(['code_unknown'], ['code_unknown', '`code_unknown`', "'code_unknown_too'"])).toEqual(['code_unknown'])
    expect(unquoted(['code_unknown'], ["refuse('code_unknown')"])).toEqual([])
  })
})

const SPECIFICATION = /^(RFC [1-9]\d{2,4}|OpenID Connect (Core|Discovery|RP-Initiated Logout|Back-Channel Logout|Front-Channel Logout|Session Management|Dynamic Client Registration)|OAuth 2\.[01] [A-Z][A-Za-z ]+|OAuth 2\.1) §([A-Z]|\d+(\.\d+)*)$/
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/
/** The statuses that an error may have besides 400 alone. @spec RFC 6749 §5.2, RFC 6750 §3.1 */
const STATUSES_OF: ReadonlyMap<RefusalRule['error'], readonly number[]> = new Map([
  [undefined, [401]],
  ['invalid_token', [401]],
  ['insufficient_scope', [403]],
  ['access_denied', [400, 403, 429]],
  ['invalid_client', [400, 401]],
  ['invalid_request', [400, 403, 404, 405, 408, 413, 414, 415, 431]],
  ['access_denied', [400, 403, 429]],
  ['server_error', [500]],
  ['temporarily_unavailable', [429, 503]],
])

describe.each(rules)('the rule %s', (_, { error, status, caller, rule, remedy, spec }) => {
  it('tells the caller, in the characters of error_description, what is a sentence', () => {
    expect(caller).toMatch(DESCRIPTION)
    expect(caller).toMatch(/^[a-zA-Z_].*\.$/)
  })
  it('tells the operator the rule and the remedy', () => {
    expect(rule).toMatch(/^.{10,200}\.$/)
    expect(remedy).toMatch(/^.{5,200}\.$/)
    expect(rule).not.toBe(caller)
  })
  it('refers to a section', () => {
    expect(spec).toMatch(SPECIFICATION)
  })
  it('has a status that goes with its error', () => {
    expect(STATUSES_OF.get(error) ?? [400]).toContain(status)
  })
})
