import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePorts, run } from './child.ts'

/** Starts the built server with a configuration of one's own, which need not say issuer and store, on a port and in a folder of its own. */
export async function startConfigured(configuration: Readonly<Record<string, unknown>>): Promise<{ readonly issuer: string; stop(): Promise<void> }> {
  const port = await freePorts(1)
  const issuer = `http://localhost:${port}`
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-configured-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  writeFileSync(path.join(folder, 'latchkey.config.json'), JSON.stringify({ issuer, store: 'memory:', ...configuration }))
  const env = { LATCHKEY_PORT: String(port), LATCHKEY_ENCRYPTION_KEY: randomBytes(32).toString('base64') }
  const server = await run('apps/server/dist/cli.js', ['serve'], { env, cwd: folder, sign: '"listening"' }).catch((fault: unknown) => {
    remove()
    throw fault
  })
  return {
    issuer,
    async stop() {
      await server.end('SIGKILL')
      remove()
    },
  }
}
