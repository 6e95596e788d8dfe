import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A shell in a folder of its own, in which the variables of one script are there for the next. */
export interface Shell {
  /** Runs a script and resolves to what it wrote. Rejects when a command of it fails. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<string>
  close(): void
}

/** Opens a shell, as a reader of a page has one open. */
export function openShell(): Shell {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchkey-shell-'))
  const kept = path.join(folder, '.kept')
  writeFileSync(kept, '')
  return {
    async run(script, env = {}) {
      const around = `. '${kept}'\nset -eua\n${script}\nexport -p > '${kept}'\n`
      const { stdout } = await execute('sh', ['-c', around], { cwd: folder, env: { PATH: process.env['PATH'], ...env }, timeout: 20_000 })
      return stdout
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
