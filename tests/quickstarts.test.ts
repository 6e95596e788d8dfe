import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, startDemo } from './running/demo.ts'
import { type Block, blocksOf, type Rule, ruleOf, type Rules, unaccounted } from './running/quickstart.ts'
import { rulesOfFlows } from './running/rules-of-flows.ts'
import { rulesOfNode } from './running/rules-of-node.ts'
import { rulesOfRequests } from './running/rules-of-requests.ts'
import { rulesOfResources } from './running/rules-of-resources.ts'
import { rulesOfServers } from './running/rules-of-servers.ts'
import { openShell, type Shell } from './running/shell.ts'

const folder = path.resolve(import.meta.dirname, '../docs/quickstarts')
const pages = Object.fromEntries(globSync('**/*.md', { cwd: folder }).toSorted().map((page) => [page, blocksOf(page, readFileSync(path.join(folder, page), 'utf8'))]))
const shells = new Map<string, Shell>()
let demo: Demo | undefined

function place() {
  if (demo === undefined) throw new Error('the demo does not run')
  const shellOf = (page: string) => {
    const shell = shells.get(page) ?? openShell()
    shells.set(page, shell)
    return shell
  }
  return { demo, shellOf }
}

const rules: Rules = { ...rulesOfFlows(place), ...rulesOfNode(place), ...rulesOfRequests(place), ...rulesOfResources(place), ...rulesOfServers }

beforeAll(async () => {
  demo = await startDemo({ examples: true })
})
afterAll(async () => {
  for (const shell of shells.values()) shell.close()
  await demo?.stop()
})

const accounted = Object.values(pages).flat().flatMap((block) => {
  const rule = ruleOf(block, rules)
  return rule === undefined ? [] : [{ ...block, how: rule.how, block, rule }]
})

// In the order of the pages: a block may need what those before it brought.
test.each(accounted)('$page, block $at ($language) $how', ({ block, rule }) => rule.run(block))

describe('the account of the blocks', () => {
  test('leaves nothing out', () => {
    expect(Object.keys(pages).length).toBeGreaterThan(5)
    expect(unaccounted(pages, rules)).toEqual([])
  })

  test('misses a block without a rule, one in another language, a page without rules, and a rule without a block', () => {
    const rule: Rule = { language: 'sh', how: 'runs', run: () => {} }
    const page = (markdown: string) => ({ 'a.md': blocksOf('a.md', markdown) })
    const one = '```sh\ntrue\n```\n'
    expect(unaccounted(page(one), { 'a.md': [rule] })).toEqual([])
    expect(unaccounted(page(one + one), { 'a.md': [rule] })).toEqual(['a.md: block 2 (sh) has no rule'])
    expect(unaccounted(page(one.replace('sh', 'bash')), { 'a.md': [rule] })).toEqual(['a.md: block 1 (bash) has no rule'])
    expect(unaccounted(page(`1. Indented:\n\n   ${one.replaceAll('\n', '\n   ')}\n~~~\nx\n~~~\n`), {})).toEqual(['a.md: block 1 (sh) has no rule', 'a.md: block 2 () has no rule'])
    expect(unaccounted(page(one), { 'a.md': [rule, rule] })).toEqual(['a.md: has fewer blocks than rules'])
  })
})

describe('a broken block fails', () => {
  /** Runs a block of a page after something in it was replaced. */
  async function broken(page: string, at: number, from: string, to: string): Promise<void> {
    const block: Block | undefined = pages[page]?.[at - 1]
    const rule = block === undefined ? undefined : ruleOf(block, rules)
    if (block === undefined || rule === undefined || !block.text.includes(from)) throw new TypeError(`nothing to break in ${page}`)
    const failure: unknown = await Promise.resolve().then(() => rule.run({ ...block, text: block.text.replace(from, to) })).then(() => 'nothing', (fault: unknown) => fault)
    expect(failure).toBeInstanceOf(Error)
  }

  test.each([
    ['service.md', 1, '"scope"', '"scopes"'],
    ['service.md', 1, 'only-1', 'x'],
    ['service.md', 2, 'only-1', 'only-2'],
    ['service.md', 2, 'curl', 'no-such-command'],
    ['service.md', 3, 'only-1', 'only-2'],
    ['spa.md', 1, 'http://localhost:4701/callback', 'http://app.example/callback'],
    ['spa.md', 3, '!==', '==='],
    ['spa.md', 4, 'https://api.example.com', 'https://other.example.com'],
    ['web-app.md', 2, '4702/callback', '4702/elsewhere'],
    ['web-app.md', 4, 'code id_token', 'code'],
    ['web-app.md', 6, 'endSessionUrl({ tokens, ', 'endSessionUrl({ '],
    ['web-sessions.md', 2, 'web-secret-for-the-demo-only-0001', 'wrong'],
    ['api.md', 1, "audience: 'https://api", "audience: 'https://other"],
    ['library.md', 1, "scope: 'api'", "scope: 'apis'"],
    ['library.md', 2, "proven.kind === 'wrong'", "proven.kind !== 'wrong'"],
    ['library.md', 3, "=== 'allow' ? 'allow' : 'deny'", "=== 'allow' ? 'deny' : 'allow'"],
    ['device.md', 2, 'client_id=tv', 'client_id=tvs'],
    ['introspection.md', 1, '/revoke', '/revoked'],
    ['introspection.md', 3, '-u orders-api', '-u orders-apis'],
    ['token-exchange.md', 2, ':token-exchange', ':exchange'],
    ['jwt-bearer.md', 3, 'assertion=$', 'assertion=x$'],
    ['extension-grant.md', 1, 'members: { seat: known.holder.seat }', 'members: {}'],
    ['pushed-request.md', 1, '/par', '/push'],
    ['pushed-request.md', 2, 'request_uri })}', 'state: request_uri })}'],
    ['pushed-request.md', 4, "'ES256'", "'none'"],
    ['server.md', 1, 'init', 'initialise'],
  ])('%s, block %i, with %j as %j', broken)
})
