import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Servers and limits run on one core, the load on the other. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** A process of the benchmark, pinned to one core; it ends with its parent. */
export interface Child {
  readonly port: number
  /** Sends a message and answers the next one that comes back. */
  ask<T>(message: unknown): Promise<T>
  /** Seconds on the processor so far, all threads. */
  cpu(): number
  /** Resident memory in bytes. */
  resident(): number
  stop(): Promise<void>
}

/** Starts one of the programs of this package and waits until it has announced itself. */
export async function start(program: string, core: number, setting: unknown = {}, flags: readonly string[] = []): Promise<Child> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn('taskset', ['-c', String(core), process.execPath, ...flags, file, JSON.stringify(setting)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const complaint = gathered(child)
  const next = nextMessage(child, () => `${program} ended: ${complaint()}`)
  const first = await next()
  if (!isAnnouncement(first)) throw new Error(`${program} announced no port`)
  const { pid = 0 } = child
  return {
    port: first.port,
    async ask<T>(message: unknown) {
      child.send(message as object)
      return (await next()) as T
    },
    cpu: () => cpuOf(pid),
    resident: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await ended
      clearTimeout(late)
    },
  }
}

/** Milliseconds after which a process that was asked something counts as stuck. */
const LONGEST_SILENCE = 60_000

/** Waits for one message at a time; rejects when the process ends instead. */
function nextMessage(child: ChildProcess, why: () => string): () => Promise<unknown> {
  return () =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`no word within ${LONGEST_SILENCE / 1000} s; ${why()}`))
      }, LONGEST_SILENCE)
      const onMessage = (message: unknown) => {
        clearTimeout(late)
        child.off('exit', onExit)
        resolve(message)
      }
      const onExit = () => {
        clearTimeout(late)
        child.off('message', onMessage)
        reject(new Error(why()))
      }
      child.once('message', onMessage)
      child.once('exit', onExit)
    })
}

/** The last of what a process writes to its standard error. */
function gathered(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2_000)
  })
  return () => text
}

function isAnnouncement(message: unknown): message is { readonly port: number } {
  return typeof message === 'object' && message !== null && 'port' in message
}

/** Clock ticks of user and system time; Linux counts 100 a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Seconds that a core was busy so far, with whatever. */
export function busy(core: number): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number)
  return (user + nice + system + irq + softirq + steal) / 100
}
