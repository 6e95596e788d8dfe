import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { BootstrapFailure, node, root, toolEnvironment } from './bootstrap.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The path of a Chromium that is here already: the one that `CHROMIUM_PATH` names, then the system's. */
function presentChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new BootstrapFailure(`CHROMIUM_PATH names ${named}, which does not exist.`)
    return named
  }
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/Applications/Google Chrome.app/Contents/MacOS']
  return folders.flatMap((folder) => [...NAMES, 'Google Chrome'].map((name) => path.join(folder, name))).find((file) => existsSync(file))
}

/** The path of the Chromium that playwright-core keeps for its own version, whether it is there or not. */
function playwrightChromium() {
  const require = createRequire(path.join(root, 'package.json'))
  return require('playwright-core').chromium.executablePath()
}

/**
 * Runs an installer with its output on the terminal; answers whether it succeeded.
 * @param {string} program
 * @param {readonly string[]} parameters
 */
function installs(program, parameters) {
  return spawnSync(program, parameters, { stdio: ['ignore', 1, 2], env: { ...toolEnvironment(), DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
}

/** The path of a Chromium, installed now if none was here. Throws `BootstrapFailure` when there is no way to get one. */
export function chromium() {
  const present = presentChromium()
  if (present !== undefined) return present
  if (existsSync(playwrightChromium())) return playwrightChromium()
  process.stdout.write('Installing Chromium for the browser tests …\n')
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const installed = installs('apt-get', ['update', '-q']) && installs('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])
    const found = presentChromium()
    if (installed && found !== undefined) return found
  }
  if (installs(node, [path.join(root, 'node_modules/playwright-core/cli.js'), 'install', 'chromium']) && existsSync(playwrightChromium())) return playwrightChromium()
  throw new BootstrapFailure('No Chromium was found and none could be installed. Install one, or name it in CHROMIUM_PATH.')
}
