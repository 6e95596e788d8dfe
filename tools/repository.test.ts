import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './bootstrap.mjs'
import { type Manifest, manifestFaults } from './manifests.ts'
import { drawers, machineTraces, silencedTests, sourceFiles, tarballAddresses } from './repository.ts'

const files = sourceFiles()
const named = (path: string, text: string) => [{ path, text }]
const manifests = readdirSync(path.join(root, 'packages')).map((name) => ({ name, manifest: JSON.parse(readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest }))

describe('tests', () => {
  it('all run', () => {
    expect(silencedTests(files)).toEqual([])
  })

  // The forbidden words are put together here, so that this file does not contain them.
  it.each([['it', 'only'], ['test', 'skip'], ['describe', 'todo'], ['it', 'skipIf'], ['describe', 'concurrent', 'only'], ['context', 'skip(']])('are refused with %s.%s', (...words) => {
    expect(silencedTests(named('a.test.ts', `\n${words.join('.')}('x')`))).toHaveLength(1)
  })

  it('may use the same words for something else', () => {
    expect(silencedTests(named('a.test.ts', "it('skips', () => page.only(tests.skipped))"))).toEqual([])
  })
})

describe('files', () => {
  it('name no place on a machine and no registry host', () => {
    expect(machineTraces(files)).toEqual([])
  })

  it.each([`cd ${['', 'work', 'main'].join('/')}`, `"${['', 'root', 'x'].join('/')}"`, ['file://', 'home', 'me'].join('/'), ['https://registry', 'npmjs', 'org/x'].join('.')])('are refused with %s', (text) => {
    expect(machineTraces(named('a.md', text))).toHaveLength(1)
  })

  it('may hold an address with such a path', () => {
    expect(machineTraces(named('a.md', 'https://example.com/home/alice and ./work/x'))).toEqual([])
  })

  it('have names that say what is inside', () => {
    expect(drawers(files)).toEqual([])
  })

  it.each(['utils.ts', 'helpers/a.ts', 'src/common/b.ts', 'shared.test.ts', 'lib/c.ts', 'src/misc.ts', 'token-utils.ts'])('are refused as %s', (drawer) => {
    expect(drawers([{ path: `packages/core/src/${drawer}` }])).toHaveLength(1)
  })

  it('may be named after a word that contains a drawer', () => {
    expect(drawers([{ path: 'packages/core/src/library.ts' }, { path: 'docs/shared-signals.md' }, { path: 'src/calibrate.ts' }])).toEqual([])
  })
})

describe('the lockfile', () => {
  it('is not tied to a host', () => {
    expect(tarballAddresses({ path: 'pnpm-lock.yaml', text: readFileSync(path.join(root, 'pnpm-lock.yaml'), 'utf8') })).toEqual([])
  })

  it('is refused with the address of a tarball', () => {
    expect(tarballAddresses({ path: 'pnpm-lock.yaml', text: '    resolution: {integrity: sha512-x, tarball: https://packages.example/a.tgz}' })).toHaveLength(1)
  })
})

describe('the compiler', () => {
  it('is shown every package and application', () => {
    const { references } = JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')) as { references: readonly { path: string }[] }
    const projects = files.map((file) => file.path).filter((file) => /^(packages|apps|bench)\b.*\/tsconfig\.json$/.test(file)).map((file) => path.dirname(file))
    expect(projects.length).toBeGreaterThan(0)
    expect(projects.filter((project) => !references.some((reference) => reference.path === project))).toEqual([])
  })
})

describe('manifests', () => {
  it.each(manifests)('$name can be published', ({ manifest }) => {
    expect(manifestFaults(manifest)).toEqual([])
  })

  const sound = manifests.find(({ name }) => name === 'server')?.manifest ?? {}
  const entry = { '@latchkey/source': './src/index.ts', default: './dist/index.js', types: './dist/index.d.ts' }
  it.each<[fault: string, change: Manifest]>([
    ['engines.node', { engines: {} }],
    ['license', { license: 'MIT' }],
    ['engines.node', { engines: { node: '>=18' } }],
    ['repository', { repository: 'x' }],
    ['publishConfig.exports', { publishConfig: { access: 'public' } }],
    ['types right after', { exports: { '.': entry } }],
    ['end with default', { exports: { '.': entry } }],
  ])('are refused for %s', (fault, change) => {
    expect(manifestFaults({ ...sound, ...change }).join('\n')).toContain(fault)
  })
})
