import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePorts, run, type Running } from './running/child.ts'
import { SECRETS } from './running/demo.ts'

let folder: string
let port: number
let server: Running | undefined
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'latchkey-workers-'))
  port = await freePorts(1)
})
afterEach(async () => {
  await server?.end('SIGKILL')
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

const start = async (...more: readonly string[]): Promise<Running> => (server = await run('apps/server/dist/cli.js', ['serve', '--workers', '3', ...more], { env: { LATCHKEY_PORT: String(port) }, cwd: folder, sign: '"listening"' }))

/** A token over a connection of its own, so that it may be any worker that answers; undefined when nobody does. */
async function token(): Promise<number | undefined> {
  const headers = { authorization: `Basic ${Buffer.from(`service:${SECRETS.service}`).toString('base64')}`, connection: 'close' }
  const answer = await fetch(`http://localhost:${port}/token`, { method: 'POST', headers, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api' }) }).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status
}

/** The processes that a process of this machine has started. */
const childrenOf = (pid: number): readonly number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number)

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('several workers serve on one port and one file, one that is killed is replaced, and all stop together', async () => {
  const { pid, output, end } = await start()
  expect(output().match(/"listening"/g)).toHaveLength(1)
  const workers = childrenOf(pid)
  expect(workers).toHaveLength(3)
  expect(new Set(await Promise.all(Array.from({ length: 30 }, token)))).toEqual(new Set([200]))

  process.kill(workers[0] ?? 0, 'SIGKILL')
  await until(() => output().includes('a worker ended and is replaced'))
  await until(() => childrenOf(pid).length === 3)
  expect(new Set(await Promise.all(Array.from({ length: 30 }, token)))).toEqual(new Set([200]))

  const last = childrenOf(pid)
  expect(await end('SIGTERM')).toBe(0)
  expect(output()).toMatch(/"stopped"[^\n]*\n$/)
  expect(last.filter(isRunning)).toEqual([])
  expect(await token()).toBeUndefined()
})

test('workers end with the process that leads them', async () => {
  const { pid, end } = await start()
  const workers = childrenOf(pid)
  await end('SIGKILL')
  await until(() => workers.every((worker) => !isRunning(worker)))
  expect(await token()).toBeUndefined()
})

test('several workers are refused where each would have a memory of its own', async () => {
  await expect(start('--store', 'memory:')).rejects.toThrow(/--workers asks for several workers, and each would have a memory of its own/)
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
