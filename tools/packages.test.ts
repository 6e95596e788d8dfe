import { expect, it } from 'vitest'
import { tree } from './fixture.ts'
import { findings } from './packages.ts'

const sound = {
  name: '@latchkey/fixture', version: '1.0.0', type: 'module', license: 'Apache-2.0', files: ['dist'],
  exports: { '.': { '@latchkey/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } },
}

const packageWith = (manifest: object, files: Readonly<Record<string, string>> = {}) => tree({
  'package.json': JSON.stringify(manifest), 'pnpm-workspace.yaml': 'pmOnFail: ignore\n', LICENSE: 'x', 'src/index.ts': 'export const one = 1\n',
  'dist/index.js': 'export const one = 1\n', 'dist/index.d.ts': 'export declare const one: 1\n', ...files,
})

it('finds nothing in a sound package', async () => {
  expect(await findings(packageWith(sound))).toEqual([])
})

it('finds the way to our sources', async () => {
  const { publishConfig: _, ...leaking } = sound
  expect((await findings(packageWith(leaking))).join('\n')).toContain('@latchkey/source')
})

it('finds a test in the tarball', async () => {
  expect(await findings(packageWith(sound, { 'dist/a.test.js': '' }))).toContain('dist/a.test.js does not belong into the tarball')
})

it('finds a file that exports name and the tarball lacks', async () => {
  const missing = { ...sound, publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/other.js' } } } }
  expect((await findings(packageWith(missing))).join('\n')).toContain('publint: ')
})

it('finds types that do not describe the module', async () => {
  const wrong = { ...sound, publishConfig: { exports: { '.': { types: './dist/index.d.cts', default: './dist/index.js' } } } }
  expect((await findings(packageWith(wrong, { 'dist/index.d.cts': 'export declare const one: 1\n' }))).join('\n')).toContain('are-the-types-wrong: ')
})
