import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// Inside this package, so that a block finds the packages that it imports.
const folder = fileURLToPath(new URL('../.tsc/quickstarts', import.meta.url))

function written(text: string): string {
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${randomUUID()}.ts`)
  writeFileSync(file, text)
  return file
}

/** Imports a block of TypeScript as a module. */
export async function importBlock(text: string): Promise<Readonly<Record<string, unknown>>> {
  const file = written(text)
  try {
    return (await import(/* @vite-ignore */ file)) as Record<string, unknown>
  } finally {
    rmSync(file)
  }
}

/** A block of TypeScript that runs as a program. */
export interface Program {
  /** Resolves to what it wrote so far once that matches, and rejects when it ends before. */
  wrote(pattern: RegExp): Promise<string>
  /** Resolves to all that it wrote. Rejects when it ends with another code than 0. */
  ended(): Promise<string>
}

/** Runs a block of TypeScript by itself, as a reader would, from the sources of the packages. */
export function runBlock(text: string): Program {
  const file = written(text)
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', file], { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 25_000 })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  const code = codeOf(child).finally(() => rmSync(file, { force: true }))
  const failed = () => new Error(`the block ended too soon, or failed:\n${output}`)
  return {
    wrote: (pattern) => new Promise((resolve, reject) => {
      const look = () => { if (pattern.test(output)) resolve(output) }
      child.stdout.on('data', look)
      look()
      void code.then(() => (pattern.test(output) ? resolve(output) : reject(failed())))
    }),
    async ended() {
      if ((await code) !== 0) throw failed()
      return output
    },
  }
}

function codeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}
