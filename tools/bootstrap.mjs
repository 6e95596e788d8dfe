import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// This file runs before anything is installed, on the Node.js that the machine happens to have: no dependencies, Node.js 20 syntax.

/** The root folder of the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/** The pinned Node.js; present once `bootstrap` has resolved. */
export const node = path.join(root, 'node_modules', '.bin', 'node')

/** What a user may have set to reach a registry; every other npm setting is noise to the programs below. */
const NETWORK_SETTINGS = /^npm_config_(registry|userconfig|globalconfig|cache|ca|cafile|cert|key|proxy|https_proxy|http_proxy|noproxy|strict_ssl|offline|prefer_offline|\/\/.*)$/i

/**
 * The environment for every program of the pinned toolchain: its folder first in `PATH`, and no npm settings but those of the network.
 * @param {NodeJS.ProcessEnv} [base]
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment(base = process.env) {
  /** @type {NodeJS.ProcessEnv} */
  const environment = {}
  for (const [name, value] of Object.entries(base)) {
    if (/^(npm_|INIT_CWD$|NODE_PATH$)/i.test(name) && !NETWORK_SETTINGS.test(name)) continue
    environment[name] = value
  }
  const inherited = (environment.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '' && !folder.endsWith(path.join('node_modules', '.bin')))
  environment.PATH = [path.join(root, 'node_modules', '.bin'), ...inherited].join(path.delimiter)
  environment.TURBO_TELEMETRY_DISABLED = '1'
  environment.TURBO_NO_UPDATE_NOTIFIER = '1'
  environment.DO_NOT_TRACK = '1'
  environment.npm_config_update_notifier = 'false'
  return environment
}

/** The folders that hold a package: every pattern of pnpm-workspace.yaml, unfolded. */
function packageFolders() {
  const workspace = readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8')
  const listed = /^packages:\n((?:[ \t]+-.*\n)+)/m.exec(workspace)?.[1] ?? ''
  const patterns = listed.split('\n').flatMap((line) => line.match(/-\s*['"]?([^'"\s]+)/)?.[1] ?? [])
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern]
    const parent = pattern.slice(0, -2)
    if (!existsSync(path.join(root, parent))) return []
    return readdirSync(path.join(root, parent)).sort().map((name) => `${parent}/${name}`)
  })
}

/** A hash over everything that decides what an installation puts into node_modules. */
function installationHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json', ...packageFolders().map((folder) => `${folder}/package.json`)]
  for (const input of inputs) {
    const file = path.join(root, input)
    if (existsSync(file)) hash.update(`${input}\n`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/**
 * Runs a program to its end and resolves to its exit code. Its output goes to the terminal at once, or is kept and shown on failure only.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ output: 'stdout' | 'stderr' | 'on-failure', env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
function run(command, parameters, { output, env }) {
  return new Promise((resolve, reject) => {
    const target = output === 'stdout' ? 1 : 2
    const stdio = output === 'on-failure' ? /** @type {const} */ (['ignore', 'pipe', 'pipe']) : /** @type {const} */ (['ignore', target, 2])
    const child = spawn(command, parameters, { cwd: root, env, stdio: [...stdio] })
    /** @type {Buffer[]} */
    const kept = []
    child.stdout?.on('data', (chunk) => kept.push(chunk))
    child.stderr?.on('data', (chunk) => kept.push(chunk))
    const stop = () => void child.kill('SIGTERM')
    process.once('SIGTERM', stop)
    child.on('error', (cause) => reject(new BootstrapFailure(`${command} could not be started: ${cause.message}`)))
    child.on('close', (code) => {
      process.off('SIGTERM', stop)
      if (code !== 0) process.stderr.write(Buffer.concat(kept))
      resolve(code ?? 1)
    })
  })
}

/** Tells the installed toolchain from the one the repository pins, and brings it up to date.
 * @param {Progress} progress
 */
async function install(progress) {
  const stamp = path.join(root, 'node_modules', '.latchkey-installed')
  const wanted = installationHash()
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { packageManager, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  progress.say('Installing the pinned toolchain and the dependencies …')
  // Without CI pnpm may stop to ask before it replaces a node_modules folder.
  const env = { ...toolEnvironment(), CI: 'true', npm_config_loglevel: 'error' }
  const code = await run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', `--config.node-version=${devDependencies.node}`], { output: progress.output, env })
  if (code !== 0) throw new BootstrapFailure('The dependencies could not be installed; the reason is printed above. Is the npm registry reachable?')
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** Builds every package; turbo skips what has not changed.
 * @param {Progress} progress
 */
async function build(progress) {
  const announced = setTimeout(() => progress.say('Building the packages …'), 1500)
  const turbo = path.join(root, 'node_modules', '.bin', 'turbo')
  const code = await run(turbo, ['run', 'build', '--ui=stream', '--output-logs=errors-only'], { output: 'on-failure', env: toolEnvironment() })
  clearTimeout(announced)
  if (code !== 0) throw new BootstrapFailure('The build failed; the reason is printed above.')
}

/** An installation or a build that failed in a way which its own output explains. */
export class BootstrapFailure extends Error {}

/**
 * @typedef {object} Progress
 * @property {'stdout' | 'stderr'} output where the installer's own progress goes
 * @property {(line: string) => void} say
 */

/**
 * Installs and builds what is missing or out of date. Throws `BootstrapFailure` when that is impossible.
 * @param {'stdout' | 'stderr'} [output]
 */
export async function bootstrap(output = 'stdout') {
  const stream = output === 'stdout' ? process.stdout : process.stderr
  /** @type {Progress} */
  const progress = { output, say: (line) => void stream.write(`${line}\n`) }
  await install(progress)
  await build(progress)
}

/**
 * Runs the body of a command: a `BootstrapFailure` becomes one sentence and exit code 1 instead of a stack.
 * @param {() => Promise<void>} body
 */
export async function command(body) {
  try {
    await body()
  } catch (failure) {
    if (!(failure instanceof BootstrapFailure)) throw failure
    process.stderr.write(`${failure.message}\n`)
    process.exitCode = 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await command(() => bootstrap())
