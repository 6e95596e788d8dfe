import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '../src/cli/program.ts'
import type { Environment } from '../src/config/settings.ts'

/** An empty folder of its own. */
export function emptyFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'latchkey-'))
}

/** What a command wrote, and how it ended. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A command under way: its output so far, and how to stop it. */
export interface Running {
  out(): string
  err(): string
  stop(): void
  /** Asks it to read its files again. */
  reload(): void
  readonly ended: Promise<Ran>
}

/** Starts a command in this process, as the command line would. */
export function begin(argv: readonly string[], { cwd, env = {}, isInteractive = false }: { cwd: string; env?: Environment; isInteractive?: boolean }): Running {
  const stop = new AbortController()
  const reloads: (() => void)[] = []
  let out = ''
  let err = ''
  const ended = run(argv, { cwd, env, isInteractive, isErrInteractive: isInteractive, out: (text) => void (out += text), err: (text) => void (err += text), stop: stop.signal, onReload: (act) => void reloads.push(act) }, '1.2.3')
  return { out: () => out, err: () => err, stop: () => stop.abort(), reload: () => reloads.forEach((act) => act()), ended: ended.then((code) => ({ code, out, err })) }
}

/** Runs a command to its end. */
export function ran(argv: readonly string[], world: { cwd: string; env?: Environment; isInteractive?: boolean }): Promise<Ran> {
  return begin(argv, world).ended
}
