import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePorts, run } from './child.ts'

/** The server with a configuration file of its own. */
export interface Configured {
  readonly issuer: string
  stop(): Promise<void>
}

/** Starts the built server with this configuration, completed by an issuer, a store in memory and a user. */
export async function startConfigured(configuration: Readonly<Record<string, unknown>>): Promise<Configured> {
  const port = await freePorts(1)
  const issuer = `http://localhost:${port}`
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-configured-'))
  const file = path.join(folder, 'latchkey.config.json')
  const rest = { issuer, store: 'memory:', encryptionKey: randomBytes(32).toString('base64url'), users: [{ sub: 'carol', username: 'carol', password: 'carol' }], listen: { port } }
  writeFileSync(file, JSON.stringify({ ...rest, ...configuration }))
  const server = await run('apps/server/dist/cli.js', ['serve', '--config', file], { env: {}, cwd: folder, sign: '"listening"' }).catch((failure: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw failure
  })
  return {
    issuer,
    async stop() {
      await server.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
