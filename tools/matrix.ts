import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { root } from './bootstrap.mjs'
import { pack, packed } from './packages.ts'

const run = promisify(execFile)

/** What is installed to run the packages with; too much for every clone, so it is fetched when the matrix is made. */
const RUNTIMES = { node22: 'npm:node@22.23.3', node24: 'npm:node@24.21.0', node26: 'npm:node@26.10.0', bun: '1.4.5', deno: '2.9.6', workerd: '1.20261117.1' }
/** What applications bring themselves. */
const PEERS = { react: '19.3.1', express: '5.3.0', fastify: '5.12.8', hono: '4.13.19' }
/** Entry points that are for one place only. */
const ELSEWHERE: Readonly<Record<string, string>> = { '@latchkey/browser/worker': 'runs as a worker of a page' }

interface Way {
  readonly name: string
  readonly load: (entry: string, folder: string) => Promise<unknown>
}

/** A program that imports an entry point and fails when nothing is exported. */
const asks = (load: string, entry: string) => `const all = ${load}(${JSON.stringify(entry)}); if (Object.keys(all).length === 0) throw new Error('exports nothing')`

function ways(binary: (name: string, file: string) => string): readonly Way[] {
  const node = (version: number, kind: 'module' | 'commonjs'): Way => ({
    name: `Node ${version} ${kind === 'module' ? 'import' : 'require'}`,
    load: (entry, cwd) => run(binary(`node${version}`, 'bin/node'), [`--input-type=${kind}`, '-e', asks(kind === 'module' ? 'await import' : 'require', entry)], { cwd }),
  })
  const inFile = (name: string, command: string, before: readonly string[], load: string, ending: string): Way => ({
    name,
    async load(entry, cwd) {
      const file = path.join(cwd, `${name}-${entry.replace(/\W+/g, '-')}${ending}`.replace(/\s/g, '-'))
      writeFileSync(file, asks(load, entry))
      return run(command, [...before, file], { cwd, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } })
    },
  })
  return [
    ...[22, 24, 26].flatMap((version) => [node(version, 'module'), node(version, 'commonjs')]),
    inFile('Bun import', binary('bun', 'bin/bun.exe'), ['run'], 'await import', '.mjs'),
    inFile('Bun require', binary('bun', 'bin/bun.exe'), ['run'], 'require', '.cjs'),
    inFile('Deno import', binary('.bin', 'deno'), ['run', '--allow-all', '--no-config', '--node-modules-dir=manual'], 'await import', '.mjs'),
    { name: 'workerd import', load: (entry, cwd) => runInWorkerd(entry, cwd, binary('.bin', 'workerd')) },
  ]
}

/** Bundles an entry point as an edge deployment does, and imports it in workerd. */
async function runInWorkerd(entry: string, cwd: string, workerd: string): Promise<void> {
  const folder = mkdtempSync(path.join(cwd, 'workerd-'))
  await build({
    stdin: { contents: `import * as all from ${JSON.stringify(entry)}; export default { test() { if (Object.keys(all).length === 0) throw new Error('exports nothing') } }`, resolveDir: cwd },
    bundle: true, format: 'esm', target: 'es2022', platform: 'neutral', mainFields: ['module', 'main'], conditions: ['workerd', 'worker', 'import'], banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" }, external: ['node:*'], alias: Object.fromEntries(builtinModules.filter((name) => !name.includes(':')).map((name) => [name, `node:${name}`])), outfile: path.join(folder, 'main.js'), logLevel: 'silent',
  })
  const config = 'using Workerd = import "/workerd/workerd.capnp";\nconst unit :Workerd.Config = (services = [(name = "main", worker = (modules = [(name = "main.js", esModule = embed "main.js")], compatibilityDate = "2026-11-01", compatibilityFlags = ["nodejs_compat"]))]);\n'
  writeFileSync(path.join(folder, 'config.capnp'), config)
  await run(workerd, ['test', 'config.capnp'], { cwd: folder })
}

/** The line that tells what went wrong. */
function reasonOf(failure: unknown): string {
  const { stderr, message } = failure as { stderr?: string; message: string }
  const lines = `${stderr ?? ''}\n${message}`.split('\n').map((line) => line.replaceAll(/\u001b\[[0-9;]*m/g, '').trim())
  return (lines.find((line) => /\berror\b/i.test(line) && !line.startsWith('at ')) ?? lines[0] ?? '').replaceAll(/(file:\/\/)?\/\S*\/node_modules\//g, '').replaceAll('|', '\\|').slice(0, 160)
}

/** Packs every package as it is published, and installs them with what applications bring. */
async function install(folder: string): Promise<readonly string[]> {
  const dependencies: Record<string, string> = { ...PEERS }
  const entries: string[] = []
  for (const name of readdirSync(path.join(root, 'packages')).toSorted()) {
    const tarball = await pack(path.join(root, 'packages', name), folder)
    const { manifest } = await packed(tarball)
    dependencies[manifest.name ?? name] = `file:${path.resolve(folder, tarball)}`
    entries.push(...Object.keys(manifest.exports ?? {}).filter((entry) => !entry.endsWith('.json')).map((entry) => path.posix.join(manifest.name ?? name, entry)))
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides: Object.fromEntries(Object.entries(dependencies).filter(([name]) => name.startsWith('@latchkey/'))) }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  return entries
}

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-matrix-'))
try {
  const runtimes = path.join(folder, 'runtimes')
  const consumer = path.join(folder, 'consumer')
  for (const made of [runtimes, consumer]) mkdirSync(made)
  writeFileSync(path.join(runtimes, 'package.json'), JSON.stringify({ private: true, dependencies: RUNTIMES }))
  const [entries] = await Promise.all([install(consumer), run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: runtimes })])
  const all = ways((name, file) => path.join(runtimes, 'node_modules', name, file))
  const faults: string[] = []
  const rows: string[] = []
  for (const entry of entries) {
    const cells: string[] = []
    for (const { name, load } of all) {
      const failure = entry in ELSEWHERE ? undefined : await load(entry, consumer).then(() => '', reasonOf)
      if (failure) faults.push(`- \`${entry}\`, ${name}: ${failure}`)
      cells.push(failure === undefined ? '–' : failure === '' ? 'yes' : 'no')
    }
    rows.push(`| \`${entry}\` | ${cells.join(' | ')} |`)
    process.stdout.write(`${rows.at(-1)}\n`)
  }
  const versions = Object.entries(RUNTIMES).map(([name, version]) => `${name.replace(/\d+$/, '')} ${version.replace(/^.*@/, '')}`).join(', ')
  const page = [
    '# Where the packages can be imported', '',
    `Made by \`pnpm matrix\`: every package as it is published, every entry point, each in a process of its own. ${versions}.`,
    `What is bundled for workerd may use its Node compatibility. A dash: ${Object.entries(ELSEWHERE).map(([entry, why]) => `\`${entry}\` ${why}`).join(', ')}.`, '',
    `| | ${all.map(({ name }) => name).join(' | ')} |`, `| --- | ${all.map(() => '---').join(' | ')} |`, ...rows, '',
    ...(faults.length === 0 ? [] : ['## Where not', '', ...faults, '']),
  ]
  writeFileSync(path.join(root, 'bench/results/imports.md'), page.join('\n'))
  process.stdout.write(faults.map((line) => `${line}\n`).join(''))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
