import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { root, toolEnvironment } from './bootstrap.mjs'
import { tree } from './fixture.ts'

const AMBIENT = ['Date.now()', 'new Date()', 'Math.random()', 'globalThis', 'process.pid', 'fetch("x")', 'setTimeout(() => {}, 1)', 'performance.now()', 'crypto.randomUUID()', 'Buffer.from("")', 'console.log("")']

/** The rules that each file of a tree breaks, by the file's path. */
async function linted(files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const folder = tree({ ...files, '.oxlintrc.json': readFileSync(path.join(root, '.oxlintrc.json'), 'utf8') })
  const { stdout } = await promisify(execFile)('oxlint', ['--deny-warnings', '--format', 'json'], { cwd: folder, env: toolEnvironment() }).catch((failure: { stdout?: string }) => {
    if (failure.stdout === undefined) throw failure
    return { stdout: failure.stdout }
  })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly { code: string; filename: string }[] }
  const found: Record<string, string[]> = Object.fromEntries(Object.keys(files).map((file) => [file, []]))
  for (const { code, filename } of diagnostics) found[filename]?.push(code)
  return found
}

it('refuses in core whatever would make a decision depend on the world', async () => {
  const files = Object.fromEntries(AMBIENT.map((expression, index) => [`packages/core/src/ambient-${index}.ts`, `export const value = ${expression}\n`]))
  const found = await linted(files)
  for (const [index, expression] of AMBIENT.entries()) {
    expect.soft(found[`packages/core/src/ambient-${index}.ts`], expression).toEqual([expect.stringMatching(/no-restricted-(globals|properties)/)])
  }
})

it('allows time and randomness outside core, in its tests, and as arguments', async () => {
  const ambient = AMBIENT.map((expression, index) => `export const value${index} = ${expression}\n`).join('')
  expect(await linted({
    'packages/server/src/clock.ts': ambient,
    'packages/core/src/law.test.ts': ambient,
    'packages/core/src/lifetime.ts': 'export const ends = (now: number, random: () => number, crypto: { digest: string }) => Math.max(now, random()) + crypto.digest.length\n',
  })).toEqual({ 'packages/server/src/clock.ts': [], 'packages/core/src/law.test.ts': [], 'packages/core/src/lifetime.ts': [] })
})

it.each([
  ['no-explicit-any', 'export const value = (x: any) => x\n'],
  ['no-non-null-assertion', 'export const value = (x: string | undefined) => x!.length\n'],
  ['no-default-export', 'export default 1\n'],
  ['no-cycle', "import { b } from './b.ts'\nexport const a = () => b\n"],
  ['eqeqeq', 'export const value = (x: string) => x == "1"\n'],
])('refuses %s', async (rule, text) => {
  const found = await linted({ 'packages/server/src/a.ts': text, 'packages/server/src/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n" })
  expect(found['packages/server/src/a.ts']).toEqual([expect.stringContaining(rule)])
})

it('allows the default export that a configuration file needs', async () => {
  expect(await linted({ 'packages/server/tsup.config.ts': 'export default {}\n' })).toEqual({ 'packages/server/tsup.config.ts': [] })
})
