import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { conformancePage, implementationsBySection, sectionsIn, testsByRequirement, untested } from './conformance/report.ts'

describe('the conformance page', () => {
  it('is up to date', () => {
    const written = readFileSync(new URL('../docs/conformance.md', import.meta.url), 'utf8')
    expect(written === conformancePage(), 'run node tools/conformance/write.ts').toBe(true)
  })
  it('has a test for every requirement', () => {
    expect(untested()).toEqual([])
  })
  it('would notice: a requirement is tested only where a name holds it', () => {
    const tests = testsByRequirement([['a.test.ts', "it('AUTHZ-1 asks', () => {})\n// AUTHZ-2\nit.each([['XX', 'TOK-3 and ERR-6']])"]])
    expect([...tests.keys()]).toEqual(['AUTHZ-1', 'TOK-3', 'ERR-6'])
  })
  it('reads what a tag names', () => {
    expect(sectionsIn('RFC 6749 §4.1.2, §5.2, OpenID Connect Core §3')).toEqual(['RFC 6749 §4.1.2', 'RFC 6749 §5.2', 'OpenID Connect Core §3'])
    const found = implementationsBySection([['a.ts', '/** Parses. @spec RFC 7636 §4.6 */\nexport function proves() {}\n']])
    expect(found.get('RFC 7636 §4.6')).toEqual([{ file: 'a.ts', name: 'proves' }])
  })
})
