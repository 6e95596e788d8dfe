import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root, toolEnvironment } from './bootstrap.mjs'
import { taken } from './supervise.mjs'

// What a newcomer does: clone, `npm start`, try it, Ctrl-C. It sees the last commit, not what is uncommitted.

const START_WITHIN = 5 * 60_000

/** The first of some free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    const inUse = await Promise.all(Array.from({ length: count }, (_, index) => taken(first + index)))
    if (!inUse.includes(true)) return first
  }
}

/** The environment of somebody who has not installed anything: our own toolchain is not in the PATH. */
function newcomer(port: number): NodeJS.ProcessEnv {
  const { PATH = '', LATCHKEY_ISSUER: _issuer, LATCHKEY_STORE: _store, LATCHKEY_CONFIG: _config, ...env } = toolEnvironment()
  const outside = PATH.split(path.delimiter).filter((folder) => !folder.startsWith(root)).join(path.delimiter)
  return { ...env, PATH: outside, LATCHKEY_PORT: String(port), LATCHKEY_EXAMPLE_PORT_BASE: String(port + 1) }
}

function demand(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault)
}

async function tryOut(issuer: string, spa: string): Promise<void> {
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json() as { issuer?: string; token_endpoint?: string }
  demand(discovery.issuer === issuer, `discovery names the issuer ${discovery.issuer} instead of ${issuer}`)
  const authorization = `Basic ${btoa('service:service-secret-for-the-demo-only-1')}`
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) })
  const token = await answer.json() as { access_token?: string }
  demand(answer.status === 200 && token.access_token !== undefined, `client credentials were answered with ${answer.status}`)
  const page = await fetch(spa)
  demand(page.status === 200 && (page.headers.get('content-type') ?? '').startsWith('text/html'), `the example SPA answered with ${page.status}`)
}

async function startAndStop(clone: string): Promise<void> {
  const port = await freePorts(4)
  const npm = spawn('npm', ['start'], { cwd: clone, env: newcomer(port), stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  npm.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); process.stdout.write(chunk) })
  const ended = new Promise<number | null>((resolve) => npm.once('close', resolve))
  const stopped = () => {
    npm.kill('SIGTERM')
    return Promise.race([ended, pause(20_000, 'late' as const, { ref: false })])
  }
  try {
    const deadline = Date.now() + START_WITHIN
    while (!output.includes('Latchkey is up') && npm.exitCode === null && Date.now() < deadline) await pause(200)
    demand(output.includes('Latchkey is up'), 'npm start did not come up')
    await tryOut(`http://localhost:${port}`, `http://localhost:${port + 1}`)
  } catch (failure) {
    await stopped()
    throw failure
  }
  const code = await stopped()
  demand(code === 0, code === 'late' ? 'npm start did not stop on SIGTERM' : `npm start ended with ${code} after SIGTERM`)
  for (const used of [port, port + 1, port + 3]) demand(!await taken(used), `something still listens on port ${used}`)
}

const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-clone-'))
try {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, folder], { stdio: 'inherit' })
  await startAndStop(folder)
  process.stdout.write('  a fresh clone starts, answers and stops\n')
} catch (failure) {
  process.stderr.write(`  ${failure instanceof Error ? failure.message : String(failure)}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
