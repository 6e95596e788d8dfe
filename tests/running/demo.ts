import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePorts, run, type Running } from './child.ts'

/** The secrets of the demo's clients, as its documentation names them. */
export const SECRETS = { web: 'web-secret-for-the-demo-only-0001', service: 'service-secret-for-the-demo-only-1' }

/** The API that the demo's access tokens are for. */
export const API = 'https://api.example.com'

/** The built-in demo, as its user starts it, on ports and in a folder of its own. */
export interface Demo {
  readonly issuer: string
  /** Where the example SPA would be, or is. */
  readonly spa: string
  readonly web: string
  /** Where the example API would be, or is. */
  readonly api: string
  /** The file of its database, unless it was given another store. */
  readonly database: string
  readonly server: () => Running
  /** Starts the server again, on the same database. */
  again(): Promise<void>
  /** Ends all its processes and removes its folder. */
  stop(): Promise<void>
}

/** Starts the server of the demo, on demand on another store than its file, and with its example SPA and API. */
export async function startDemo({ examples = false, store = '' } = {}): Promise<Demo> {
  const port = await freePorts(4)
  const at = (index: number) => `http://localhost:${port + index}`
  const demo = { issuer: at(0), spa: at(1), web: at(2), api: at(3) }
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-flows-'))
  const env = { LATCHKEY_PORT: String(port), LATCHKEY_EXAMPLE_SPA_PORT: String(port + 1), LATCHKEY_EXAMPLE_API_PORT: String(port + 3), LATCHKEY_ISSUER: demo.issuer, LATCHKEY_EXAMPLE_API: demo.api, LATCHKEY_EXAMPLE_SPA_ORIGIN: demo.spa, LATCHKEY_STORE: store }
  const startServer = () => run('apps/server/dist/cli.js', ['serve'], { env, cwd: folder, sign: '"listening"' })
  const startExample = (name: string) => run(`apps/examples/${name}/dist/main.js`, [], { env, cwd: folder, sign: 'http://localhost' })
  const begun = await Promise.allSettled([startServer(), ...(examples ? [startExample('spa'), startExample('resource-server')] : [])])
  const parts = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  let server = parts[0]
  const stop = async () => {
    await Promise.all([server, ...parts.slice(1)].map((part) => part?.end('SIGKILL')))
    rmSync(folder, { recursive: true, force: true })
  }
  const failed = begun.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  return {
    ...demo,
    database: path.join(folder, 'data', 'latchkey.db'),
    server: () => server ?? neverStarted(),
    again: async () => void (server = await startServer()),
    stop,
  }
}

function neverStarted(): never {
  throw new Error('the server did not start')
}
