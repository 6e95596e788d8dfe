import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root, toolEnvironment } from './bootstrap.mjs'
import type { Manifest } from './manifests.ts'

const run = promisify(execFile)

/** The tarball that publishing the package in a folder would upload. Throws when it cannot be packed. */
export async function pack(folder: string, destination: string): Promise<string> {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', destination], { cwd: folder, env: toolEnvironment() })
  return (JSON.parse(stdout) as { filename: string }).filename
}

/** What is in the package.json and the list of files of a tarball. */
export async function packed(tarball: string): Promise<{ manifest: Manifest; files: readonly string[] }> {
  const [manifest, list] = await Promise.all([run('tar', ['-xzOf', tarball, 'package/package.json']), run('tar', ['-tzf', tarball])])
  return { manifest: JSON.parse(manifest.stdout) as Manifest, files: list.stdout.trim().split('\n').map((file) => file.replace(/^package\//, '')) }
}

/** What must not leave the repository, found in a tarball. */
export async function leaks(tarball: string): Promise<readonly string[]> {
  const { manifest, files } = await packed(tarball)
  const published = JSON.stringify({ exports: manifest.exports, imports: manifest.imports, dependencies: manifest.dependencies, peerDependencies: manifest.peerDependencies })
  return [
    ...(published.includes('@latchkey/source') ? ['its exports name the @latchkey/source condition, whose files are not published: state publishConfig.exports'] : []),
    ...(published.includes('workspace:') ? ['it depends on a workspace: version'] : []),
    ...files.filter((file) => /\.test\.|^(src|test)\/|\.tsbuildinfo$/.test(file)).map((file) => `${file} does not belong into the tarball`),
    ...(files.includes('LICENSE') ? [] : ['LICENSE is missing']),
  ]
}

/** What publint says about a tarball. */
async function publintFindings(tarball: string): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer } })
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`)
}

/** What are-the-types-wrong says about a tarball: ES modules only, so that the old resolutions do not count. */
async function typeFindings(tarball: string): Promise<readonly string[]> {
  try {
    await run('attw', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'ascii'], { env: toolEnvironment() })
    return []
  } catch (failure) {
    const { stdout, stderr } = failure as { stdout?: string; stderr?: string }
    return [`are-the-types-wrong: ${stdout ?? ''}${stderr ?? ''}${stdout === undefined ? String(failure) : ''}`.trim()]
  }
}

/** Everything that is wrong with a package as it would be published. */
export async function findings(folder: string): Promise<readonly string[]> {
  const destination = mkdtempSync(path.join(tmpdir(), 'latchkey-pack-'))
  try {
    const tarball = await pack(folder, destination)
    return (await Promise.all([leaks(tarball), publintFindings(tarball), typeFindings(tarball)])).flat()
  } finally {
    rmSync(destination, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of readdirSync(path.join(root, 'packages')).sort()) {
    const folder = path.join(root, 'packages', name)
    if (!existsSync(path.join(folder, 'package.json'))) continue
    const found = await findings(folder)
    process.stdout.write(found.length === 0 ? `  ${name}: ready to publish\n` : `  ${name}:\n${found.map((line) => `    ${line}\n`).join('')}`)
    if (found.length > 0) process.exitCode = 1
  }
}
