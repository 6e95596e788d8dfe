import { loadConfiguration } from '../config/load.ts'
import type { Flags } from '../config/settings.ts'
import { counted, findingsText } from './report.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

/** Reads the configuration as `serve` would, and says everything about it: 0 when it can stand, 1 when not. */
export async function check(flags: Flags & { readonly json?: boolean | undefined }, terminal: Terminal): Promise<ExitCode> {
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  const findings = 'findings' in loaded ? loaded.findings : []
  const advice = 'findings' in loaded ? [] : loaded.advice
  if (flags.json === true) {
    terminal.out(`${JSON.stringify({ ok: findings.length === 0, file: loaded.file ?? null, findings, advice }, null, 2)}\n`)
    return findings.length === 0 ? 0 : 1
  }
  const paint = paintFor(terminal)
  const subject = loaded.file ?? 'the built-in demo (there is no configuration file here)'
  if (findings.length > 0) {
    terminal.err(`${paint.red(counted(findings.length, 'problem'))} in ${subject}\n\n${findingsText(findings, 'red', paint)}`)
    return 1
  }
  terminal.out(`${paint.green('No problems')} in ${subject}\n`)
  if (advice.length > 0) terminal.out(`\n${counted(advice.length, 'piece')} of advice\n\n${findingsText(advice, 'yellow', paint)}`)
  return 0
}
