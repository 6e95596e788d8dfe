import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const PATIENCE = 20_000

/** A program of ours that runs. */
export interface Running {
  readonly pid: number
  /** What it wrote so far, both streams. */
  output(): string
  /** How it ends, in its own time. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Sends the signal and resolves to how it ended: its exit code, or the signal that killed it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** Starts a built program of the repository and resolves once it has written `sign`. Rejects when it ends before. */
export async function run(program: string, parameters: readonly string[], { env, cwd, sign }: { env: Readonly<Record<string, string>>; cwd: string; sign: string }): Promise<Running> {
  const file = fileURLToPath(new URL(`../../${program}`, import.meta.url))
  if (!existsSync(file)) throw new Error(`${program} is not there: build first, with pnpm build`)
  const child = spawn(process.execPath, [file, ...parameters], { cwd, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const abandon = () => void child.kill('SIGKILL')
  process.once('exit', abandon)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', abandon)
      resolve(code ?? signal)
    })
  })
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => refuse('said nothing in time'), PATIENCE)
    const refuse = (reason: string) => {
      clearTimeout(late)
      child.kill('SIGKILL')
      reject(new Error(`${program} ${reason}:\n${output}`))
    }
    const listen = (chunk: Buffer) => {
      output += String(chunk)
      if (!output.includes(sign)) return
      clearTimeout(late)
      resolve()
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    void ended.then(() => refuse('ended'))
  })
  return { pid: pidOf(child), output: () => output, ended, end: (signal) => (child.kill(signal), ended) }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the program did not start')
  return pid
}

/** So many neighbouring ports that nobody listens on; answers the first. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort(0)
    const rest = Array.from({ length: count - 1 }, (_, index) => freePort(first + index + 1))
    if ((await Promise.allSettled(rest)).every(({ status }) => status === 'fulfilled')) return first
  }
}

function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, () => {
      const bound = server.address()
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : wanted))
    })
  })
}
