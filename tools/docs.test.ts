import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { POLL_ANSWERS } from '../packages/core/src/device/polling.ts'
import { KEY_LIFE } from '../packages/core/src/keys/life.ts'
import { refusalRule, type RefusalKey } from '../packages/core/src/refusals.ts'
import { keyLifeDiagram } from './key-life-diagram.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const pages = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root })

interface Block {
  readonly name: string
  readonly text: string
}

/** The TypeScript of a page, each block a module of its own. */
function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  const name = page.replaceAll(/[^a-zA-Z0-9]+/g, '-')
  return [...text.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = ''], at) => ({ name: `${name}-${at + 1}.${language}`, text: `${code}\nexport {}\n` }))
}

/** What the compiler says about some blocks. */
async function compiled(folder: string, blocks: readonly Block[]): Promise<string> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of blocks) writeFileSync(join(folder, name), text)
  const packages = ['core', 'server', 'client', 'browser', 'node', 'store-sqlite', 'react', 'store-postgres']
  const paths = Object.fromEntries([['jose', [join(root, 'packages/server/node_modules/jose')]], ...['react', 'react/jsx-runtime'].map((name) => [name, [join(root, 'packages/react/node_modules/@types', name)]] as const), ...packages.map((name) => [`@latchkey/${name}`, [join(root, `packages/${name}/src/index.ts`)]])])
  const compilerOptions = { composite: false, declaration: false, declarationMap: false, emitDeclarationOnly: false, noEmit: true, noUnusedLocals: false, lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: ['node'], jsx: 'react-jsx', paths: { ...paths, '@latchkey/core/*': [join(root, 'packages/core/src/*/index.ts')], '@latchkey/server/*': [join(root, 'packages/server/src/*/index.ts')] } }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts', '*.tsx'] }))
  return run(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: root }).then(
    () => '',
    (failure: { stdout: string }) => failure.stdout,
  )
}

test('every TypeScript block of the documentation compiles', async () => {
  const blocks = pages.flatMap(blocksOf)
  expect(blocks.length).toBeGreaterThan(5)
  expect(await compiled(join(root, '.tsc/docs'), blocks)).toBe('')
}, 60_000)

test('a block that does not compile is seen', async () => {
  const said = await compiled(join(root, '.tsc/docs-broken'), [{ name: 'broken.ts', text: "import { createAuth } from '@latchkey/browser'\ncreateAuth({ issuer: 1 })\n" }])
  expect(said).toContain('broken.ts')
}, 60_000)

test('links between pages lead somewhere', () => {
  const broken = pages.flatMap((page) => {
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, to = '']) => to)
    return links.filter((to) => globSync(join(root, page, '..', to)).length === 0).map((to) => `${page}: ${to}`)
  })
  expect(broken).toEqual([])
})

test('what a device is told, by the page, is what core answers', () => {
  const told = (answer: RefusalKey | 'issue') => (answer === 'issue' ? 'tokens' : `\`${refusalRule(answer).error}\``)
  const rows = Object.entries(POLL_ANSWERS).map(([state, { timely, early, late }]) => `| ${[state, ...[timely, early, late].map(told)].join(' | ')} |`)
  expect(readFileSync(join(root, 'docs/concepts.md'), 'utf8')).toContain(`| state | timely | early | late |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\n`)
})

test('the life of a signing key, by the page, is the table of core', () => {
  const page = readFileSync(join(root, 'docs/keys.md'), 'utf8')
  const told = (isSo: boolean) => (isSo ? 'yes' : 'no')
  const rows = Object.entries(KEY_LIFE).map(([state, { signs, published }]) => `| ${state} | ${told(signs)} | ${told(published)} |`)
  expect(page).toContain(`\`\`\`mermaid\n${keyLifeDiagram(KEY_LIFE)}\n\`\`\`\n`)
  expect(page).toContain(`| state | signs | is published, and what it signed is accepted |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`)
})

test('the index names every page, and the front page names the index', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const documents = globSync(['*.md', 'quickstarts/**/*.md'], { cwd: join(root, 'docs') }).filter((page) => page !== 'README.md')
  expect(documents.length).toBeGreaterThan(5)
  expect(documents.filter((page) => !index.includes(`](${page})`))).toEqual([])
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('](docs/README.md)')
})
