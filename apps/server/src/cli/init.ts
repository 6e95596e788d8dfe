import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findConfigurationFiles } from '../config/read-file.ts'
import { firstConfigurationJson, firstConfigurationYaml } from './first-configuration.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

const KEY_FILE = 'latchkey.key'

/** Writes a first configuration with secrets of its own, and the encryption key beside it. Never replaces a key, and a configuration only by force. */
export function init(flags: { readonly json?: boolean | undefined; readonly force?: boolean | undefined }, terminal: Terminal): ExitCode {
  const file = path.join(terminal.cwd, flags.json === true ? 'latchkey.config.json' : 'latchkey.config.yaml')
  const name = path.basename(file)
  const present = findConfigurationFiles(terminal.cwd)
  const other = present.find((one) => one !== file)
  if (other !== undefined) return refused(terminal, `${path.basename(other)} is here already, and two files would be ambiguous. Remove it first.`)
  if (present.length > 0 && flags.force !== true) return refused(terminal, `${name} is here already. Use --force to replace it; its secrets will be lost.`)
  const secrets = { clientSecret: secret(), password: randomBytes(12).toString('base64url') }
  const keyFile = path.join(terminal.cwd, KEY_FILE)
  const keyIsNew = !existsSync(keyFile)
  try {
    if (keyIsNew) writeFileSync(keyFile, `${secret()}\n`, { mode: 0o600, flag: 'wx' })
    writeFileSync(file, flags.json === true ? firstConfigurationJson(secrets, KEY_FILE) : firstConfigurationYaml(secrets, KEY_FILE), { mode: 0o600 })
  } catch (error) {
    return refused(terminal, `Nothing could be written to ${terminal.cwd}: ${error instanceof Error && 'code' in error ? String(error.code) : 'the reason is unknown'}.`)
  }
  const paint = paintFor(terminal)
  terminal.out(`Wrote ${paint.bold(name)}${keyIsNew ? ` and ${paint.bold(KEY_FILE)}` : `, and kept ${KEY_FILE}`}. Both hold secrets: keep them out of version control.\n\n  The user admin and the client web have passwords of their own; they are in ${name}.\n  Start with  latchkey serve\n`)
  return 0
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}

function refused(terminal: Terminal, text: string): ExitCode {
  terminal.err(`${paintFor(terminal).red('Refused:')} ${text}\n`)
  return 1
}
