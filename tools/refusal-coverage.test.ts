import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REFUSALS, type RefusalRule } from '../packages/core/src/refusals.ts'

const root = new URL('..', import.meta.url).pathname
// Client packages make no refusals, but their tests quote wire errors, some of which are spelled like a key.
const files = globSync(['packages/{core,server,store-*}/{src,test}/**/*.{ts,tsx}', 'apps/server/{src,test}/**/*.{ts,tsx}'], { cwd: root }).filter((path) => !path.includes('relying-party'))
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

const SPECIFICATION = /^(RFC [1-9]\d{2,4}|OpenID Connect (Core|Discovery|RP-Initiated Logout|Back-Channel Logout|Front-Channel Logout|Dynamic Client Registration)|OAuth 2\.[01] [A-Z][A-Za-z ]+|OAuth 2\.1) §([A-Z]|\d+(\.\d+)*)$/
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/
const STATUSES = [400, 401, 403, 404, 405, 413, 415, 429, 500, 503]

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
    expect(STATUSES).toContain(status)
    if (error === 'invalid_token' || error === undefined) expect(status).toBe(401)
    if (error === 'invalid_client') expect([400, 401]).toContain(status)
    if (status === 401) expect(['invalid_client', 'invalid_token', undefined]).toContain(error)
    expect(status === 503).toBe(error === 'temporarily_unavailable')
    expect(status === 500).toBe(error === 'server_error')
  })
})
