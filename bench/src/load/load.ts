import { createHistogram } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from './connection.ts'
import { type Work, type WorkName, WORKS } from './work.ts'

/** A load to be put on a server: by as many connections as there are, each without pause, or at a rate. */
export interface LoadOrder {
  readonly port: number
  readonly work: WorkName
  readonly authorizationPath: string
  readonly connections: number
  readonly seconds: number
  /** Units of work a second; without it as many as the server answers. */
  readonly rate?: number
}

/** What came of it. Latencies are milliseconds. */
export interface LoadResult {
  readonly count: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** One of the token responses. */
  readonly sample: string
}

const workers = new Map<number, readonly Work[]>()

async function workersOf({ port, work, authorizationPath, connections }: LoadOrder): Promise<readonly Work[]> {
  const known = workers.get(port)
  if (known !== undefined) return known
  const begin = async () => WORKS[work](await connect(port), port, authorizationPath)
  const begun = await Promise.all(Array.from({ length: connections }, begin))
  for (const each of begun) await each()
  workers.set(port, begun)
  return begun
}

async function put(order: LoadOrder): Promise<LoadResult> {
  const ready = await workersOf(order)
  const latencies = createHistogram()
  const began = performance.now()
  const until = began + order.seconds * 1000
  let count = 0
  let sample = ''
  const once = async (work: Work, due: number) => {
    sample = await work()
    count++
    latencies.record(Math.max(1, Math.round((performance.now() - due) * 1000)))
  }
  if (order.rate === undefined) {
    await Promise.all(
      ready.map(async (work) => {
        while (performance.now() < until) await once(work, performance.now())
      }),
    )
  } else await paced(ready, order.rate, began, until, once)
  return { count, seconds: (performance.now() - began) / 1000, p50: latencies.percentile(50) / 1000, p99: latencies.percentile(99) / 1000, sample }
}

/** Begins what has come due every millisecond. Waiting for a free connection counts as latency. */
async function paced(ready: readonly Work[], rate: number, began: number, until: number, once: (work: Work, due: number) => Promise<void>): Promise<void> {
  const idle = [...ready]
  const due: number[] = []
  const underWay = new Set<Promise<void>>()
  const begin = (work: Work) => {
    const at = due.shift()
    if (at === undefined) return void idle.push(work)
    const one = once(work, at).then(() => {
      underWay.delete(one)
      begin(work)
    })
    underWay.add(one)
  }
  let planned = 0
  for (let now = began; now < until; now = performance.now()) {
    for (; planned < ((now - began) * rate) / 1000; planned++) due.push(now)
    for (const work of idle.splice(0, due.length)) begin(work)
    await pause(1)
  }
  while (underWay.size > 0) await Promise.all(underWay)
}

process.on('disconnect', () => process.exit(0))
process.on('message', (order: LoadOrder) => {
  put(order).then(
    (result) => process.send?.({ result }),
    (fault: unknown) => process.send?.({ fault: String(fault) }),
  )
})
process.send?.({ port: 0 })
