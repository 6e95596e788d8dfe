import type { Socket } from 'node:net'
import type { RunningServer, Store } from '@latchkey/server'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { application } from '../src/http/application.ts'
import { serving, stopAll } from './serving.ts'
import { connected, read, received } from './wire.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

afterEach(stopAll)

const BODY = 'grant_type=client_credentials&scope=api'
const HEAD = `POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${BODY.length}\r\nAuthorization: Basic ${btoa('service:service-secret-for-the-demo-only-1')}\r\nExpect: 100-continue\r\n\r\n`

/** A request whose headers have arrived, and which the server waits for. */
async function underWay(port: number): Promise<{ readonly socket: Socket; readonly all: Promise<string> }> {
  const socket = await connected(port)
  const all = received(socket)
  const goOn = new Promise((resolve) => socket.once('data', resolve))
  socket.write(HEAD)
  await goOn
  return { socket, all }
}

describe('S14, a server that is asked to stop', () => {
  it('S14 answers all 200 requests that are under way, and takes no new connection', async () => {
    const { port, running, log } = await serving(['--store', 'memory:'])
    const requests = await Promise.all(Array.from({ length: 200 }, () => underWay(port)))
    running.stop()
    await vi.waitFor(async () => {
      const outcome = await connected(port).then((socket) => (socket.destroy(), 'taken'), (error: NodeJS.ErrnoException) => error.code)
      expect(outcome).toBe('ECONNREFUSED')
    }, { timeout: 20_000 })
    for (const { socket } of requests) socket.write(BODY)
    const answers = await Promise.all(requests.map(async ({ all }) => read((await all).replace('HTTP/1.1 100 Continue\r\n\r\n', ''))))
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
    expect(answers.every(({ body }) => body.includes('"access_token"'))).toBe(true)
    expect((await running.ended).code).toBe(0)
    expect(log().filter(({ msg, status }) => msg === 'request' && status === 200)).toHaveLength(200)
  })

  it('S14 does not wait for who never ends', async () => {
    const { port, running } = await serving(['--store', 'memory:'])
    const { all } = await underWay(port)
    running.stop()
    expect((await running.ended).code).toBe(0)
    expect(read((await all).replace('HTTP/1.1 100 Continue\r\n\r\n', '')).status).toBeNaN()
  })
})

describe('S10, health and readiness', () => {
  const configuration = { issuer: 'http://localhost:4700', endpoints: {} } as never
  const log = pino({ level: 'silent' })
  const statuses = async ({ gather = async () => ({}), ready = async () => undefined, isStopping = false }: { gather?: () => Promise<object>; ready?: () => Promise<void>; isStopping?: boolean }) => {
    const server = { ready, page: () => () => new Response() } as unknown as RunningServer
    const app = application({ configuration, server, store: { gather } as unknown as Store, users: {} as never, outbound: () => Promise.reject(new Error('not called')), log, refuse: () => Promise.reject(new Error('not asked')), isStopping: () => isStopping })
    return Promise.all(['/healthz', '/readyz'].map(async (path) => (await app(new Request(`http://localhost:4700${path}`), {})).status))
  }
  it('S10 tells a server that lives from one that can serve', async () => {
    expect(await statuses({})).toEqual([200, 200])
    expect(await statuses({ gather: () => Promise.reject(new Error('the store is away')) })).toEqual([200, 503])
    expect(await statuses({ ready: () => Promise.reject(new Error('no keys')) })).toEqual([200, 503])
    expect(await statuses({ isStopping: true })).toEqual([200, 503])
  })
  it('S10 does not wait for a store that never answers', async () => {
    vi.useFakeTimers()
    const answers = statuses({ gather: () => new Promise(() => undefined) })
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    expect(await answers).toEqual([200, 503])
  })
})
