import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))

/** A process that runs `child.ts`, and what came of it: its lines, its complaints, and how it ended. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: () => readonly string[]
  readonly ended: Promise<{ readonly code: number | null; readonly complaints: string }>
}

/** Starts `child.ts` with these arguments. */
export function startChild(...words: readonly string[]): Child {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', CHILD, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  return {
    process: child,
    lines: () => output.split('\n').slice(0, -1),
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, complaints }))),
  }
}
