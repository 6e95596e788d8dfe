import type { Environment } from '../config/settings.ts'

/** What a command sees of the world around it. */
export interface Terminal {
  readonly cwd: string
  readonly env: Environment
  /** Whether people read standard output, rather than a file or a program. */
  readonly isInteractive: boolean
  /** Whether people read standard error. */
  readonly isErrInteractive: boolean
  out(text: string): void
  err(text: string): void
  /** Aborts when the command is asked to stop. */
  readonly stop: AbortSignal
  /** Calls this each time that the command is asked to read its files again. */
  onReload(act: () => void): void
  /** Other processes like this one; absent where there can be none. */
  readonly crew?: Crew
}

/** One process more that runs the same command. */
export interface Mate {
  /** Resolves to where it listens, as `host:port`, or to undefined when it ends before. */
  readonly listening: Promise<string | undefined>
  readonly ended: Promise<void>
  stop(): void
  renew(): void
}

/** How several processes run one command: one leads, and the others do the work. */
export interface Crew {
  readonly isLed: boolean
  /** Starts one more. */
  hire(): Mate
}

/** How a command ends: 0 it did what it was asked to, 1 it was refused or failed, 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2

/** Writes text in a colour, or plainly. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  green(text: string): string
  cyan(text: string): string
}

/** Colours for a terminal that people read, unless they said NO_COLOR. */
export function paintFor({ isInteractive, env }: Pick<Terminal, 'isInteractive' | 'env'>): Paint {
  const coloured = isInteractive && (env['NO_COLOR'] ?? '') === ''
  const paint = (open: number, close: number) => (text: string) => (coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text)
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), yellow: paint(33, 39), green: paint(32, 39), cyan: paint(36, 39) }
}
