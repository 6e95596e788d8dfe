import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import configuration from '../.dependency-cruiser.mjs'
import { root, toolEnvironment } from './bootstrap.mjs'
import { tree } from './fixture.ts'

const PACKAGES = ['core', 'server', 'store-sqlite', 'store-postgres', 'client', 'browser', 'node', 'react']

/** Each rule, and the file and import that break it. */
const VIOLATIONS: readonly (readonly [rule: string, from: string, specifier: string])[] = [
  ['no-cycles', 'packages/core/src/a.ts', './b.ts'],
  ['resolvable', 'packages/server/src/deep-by-name.ts', '@latchkey/core/src/abnf.ts'],
  ['core-dependencies', 'packages/core/src/platform.ts', 'node:fs'],
  ['core-dependencies', 'packages/core/src/library.ts', 'jose'],
  ['core-dependencies', 'packages/core/src/upwards.ts', '@latchkey/server'],
  ['server-imports', 'packages/server/src/store.ts', '@latchkey/store-sqlite'],
  ['server-imports', 'packages/server/src/client.ts', '@latchkey/client'],
  ['browser-imports', 'packages/browser/src/server.ts', '@latchkey/server'],
  ['node-imports', 'packages/node/src/server.ts', '@latchkey/server'],
  ['store-imports', 'packages/store-sqlite/src/client.ts', '@latchkey/node'],
  ['store-imports', 'packages/store-postgres/src/other.ts', '@latchkey/store-sqlite'],
  ['client-imports', 'packages/client/src/browser.ts', '@latchkey/browser'],
  ['client-imports', 'packages/client/src/server.ts', '@latchkey/server'],
  ['browser-imports', 'packages/browser/src/node.ts', '@latchkey/node'],
  ['node-imports', 'packages/node/src/browser.ts', '@latchkey/browser'],
  ['react-imports', 'packages/react/src/node.ts', '@latchkey/node'],
  ['nothing-imports-grants', 'packages/core/src/tokens/lifetime.ts', '../grants/one.ts'],
  ['grants-are-apart', 'packages/core/src/grants/two.ts', './index.ts'],
  ['core-ground', 'packages/core/src/abnf.ts', './base64url.ts'],
  ['core-ground', 'packages/core/src/registry/scope.ts', '../decision.ts'],
  ['core-first-floor', 'packages/core/src/decision.ts', './tokens/subject.ts'],
  ['no-deep-imports', 'apps/server/src/deep.ts', '../../../packages/core/src/abnf.ts'],
  ['no-relative-way-out', 'packages/client/src/relative.ts', '../../core/src/index.ts'],
  ['packages-never-apps', 'packages/node/src/app.ts', '../../../apps/server/src/deep.ts'],
]

/** Imports that have to stay allowed. */
const ALLOWED: readonly (readonly [from: string, specifier: string])[] = [
  ['packages/core/src/digest.ts', '@noble/hashes/sha2.js'],
  ['packages/core/src/index.ts', './grants/index.ts'],
  ['packages/core/src/grants/index.ts', './one.ts'],
  ['packages/core/src/refusals.ts', './abnf.ts'],
  ['packages/core/src/tokens/law.test.ts', '@latchkey/server'],
  ['packages/server/src/core.ts', '@latchkey/core'],
  ['packages/store-sqlite/src/ports.ts', '@latchkey/server/testing'],
  ['packages/browser/src/client.ts', '@latchkey/client'],
  ['packages/node/src/core.ts', '@latchkey/core'],
  ['packages/node/test/flow.test.ts', '@latchkey/server'],
  ['apps/server/src/everything.ts', '@latchkey/client'],
]

/** Imports of types alone, which go around in a circle. */
const CIRCLE_OF_TYPES = ['packages/core/src/decision.ts', 'packages/core/src/tokens/plan.ts'] as const

/** The files and links of a repository in which every one of these imports is made. */
function repositoryWith(imports: readonly (readonly [from: string, specifier: string])[]): string {
  const empty = ['core/src/b', 'core/src/base64url', 'core/src/decision', 'core/src/abnf', 'core/src/tokens/subject', 'core/src/grants/one', 'core/src/grants/index', 'server/src/testing/index', ...PACKAGES.map((name) => `${name}/src/index`)]
  const files: Record<string, string> = Object.fromEntries(empty.map((file) => [`packages/${file}.ts`, 'export {}\n']))
  const links: Record<string, string> = {}
  for (const name of PACKAGES) {
    const exports = { '.': { '@latchkey/source': './src/index.ts' }, './testing': { '@latchkey/source': './src/testing/index.ts' } }
    files[`packages/${name}/package.json`] = JSON.stringify({ name: `@latchkey/${name}`, type: 'module', exports, dependencies: { '@noble/hashes': '1', jose: '1' } })
    links[`node_modules/@latchkey/${name}`] = `packages/${name}`
  }
  for (const [library, file] of [['@noble/hashes', 'sha2.js'], ['jose', 'index.js']] as const) {
    files[`node_modules/${library}/package.json`] = JSON.stringify({ name: library, type: 'module', exports: { '.': './index.js', './sha2.js': './sha2.js' } })
    files[`node_modules/${library}/${file}`] = 'export {}\n'
  }
  files[CIRCLE_OF_TYPES[0]] = "import type { Plan } from './tokens/plan.ts'\nexport interface Decision { readonly plan: Plan }\n"
  files[CIRCLE_OF_TYPES[1]] = "import { type Decision } from '../decision.ts'\nexport interface Plan { readonly of?: Decision }\n"
  for (const [from, specifier] of imports) files[from] = `${files[from] ?? ''}import '${specifier}'\n`
  return tree(files, links)
}

interface Cruised {
  readonly summary: { readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[] }
}

/** What dependency-cruiser finds with our rules: `rule: file`. */
async function cruised(folder: string): Promise<readonly string[]> {
  const parameters = ['packages', 'apps', '--config', path.join(root, '.dependency-cruiser.mjs'), '--output-type', 'json']
  const { stdout } = await promisify(execFile)('depcruise', parameters, { cwd: folder, env: toolEnvironment(), maxBuffer: 64 * 2 ** 20 }).catch((failure: { stdout?: string }) => {
    if (failure.stdout === undefined) throw failure
    return { stdout: failure.stdout }
  })
  return (JSON.parse(stdout) as Cruised).summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`)
}

it('refuses every import that section 4 of the architecture forbids', async () => {
  const cycle = ['packages/core/src/b.ts', './a.ts'] as const
  const found = await cruised(repositoryWith([...VIOLATIONS.map(([, from, specifier]) => [from, specifier] as const), cycle]))
  for (const [rule, from] of VIOLATIONS) expect.soft(found).toContain(`${rule}: ${from}`)
})

it('allows the imports that the architecture is made of', async () => {
  expect(await cruised(repositoryWith(ALLOWED))).toEqual([])
})

it('has no rule without a violation that proves it', () => {
  const proved = new Set(VIOLATIONS.map(([rule]) => rule))
  expect(configuration.forbidden?.map(({ name }) => name ?? '').filter((name) => !proved.has(name))).toEqual([])
})
