import { createServer, type AddressInfo } from 'node:net'
import { expect, vi } from 'vitest'
import { begin, emptyFolder, type Running } from './terminal.ts'

const started: Running[] = []

/** Stops every server that {@link serving} started. */
export async function stopAll(): Promise<void> {
  for (const running of started.splice(0)) {
    running.stop()
    await running.ended
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a server in this process, by default the demo, on a port and in a folder of its own. */
export async function serving(flags: readonly string[] = [], { cwd = emptyFolder(), env = {}, isInteractive = false, scheme = 'http' } = {}) {
  const port = await freePort()
  const running = begin(['serve', '--port', String(port), ...flags], { cwd, env, isInteractive })
  started.push(running)
  await vi.waitFor(() => expect(running.out() + running.err()).toMatch(isInteractive ? /Latchkey is up/ : /"listening"/), { timeout: 20_000 })
  const lines = () => running.out().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  return { cwd, port, running, origin: `${scheme}://localhost:${port}`, log: lines }
}
