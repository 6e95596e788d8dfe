import type { Advice } from '../config/advice-rule.ts'
import { loadConfiguration } from '../config/load.ts'
import type { Flags } from '../config/settings.ts'
import { counted, findingsText } from './report.ts'
import { type ExitCode, type Paint, paintFor, type Terminal } from './terminal.ts'

/** What the flags of `check` say beside those of `serve`. */
export interface CheckFlags extends Flags {
  readonly json?: boolean | undefined
  readonly strict?: boolean | undefined
}

/** Reads the configuration as `serve` would, and says everything about it: 0 when it can stand, 1 when not, or when it is to be strict and there is advice. */
export async function check(flags: CheckFlags, terminal: Terminal): Promise<ExitCode> {
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  const findings = 'findings' in loaded ? loaded.findings : []
  const advice = 'findings' in loaded ? [] : loaded.advice
  const ok = findings.length === 0 && (advice.length === 0 || flags.strict !== true)
  if (flags.json === true) {
    const errors = findings.map((finding) => ({ severity: 'error', ...finding }))
    terminal.out(`${JSON.stringify({ ok, file: loaded.file ?? null, findings: errors, advice }, null, 2)}\n`)
    return ok ? 0 : 1
  }
  const paint = paintFor(terminal)
  const subject = loaded.file ?? 'the built-in demo (there is no configuration file here)'
  if (findings.length > 0) {
    terminal.err(`${paint.red(counted(findings.length, 'problem'))} in ${subject}\n\n${findingsText(findings, 'red', paint)}`)
    return 1
  }
  terminal.out(`${paint.green('No problems')} in ${subject}\n${adviceText(advice, paint)}`)
  if (!ok) terminal.err(`${paint.red('Not good enough for --strict:')} ${counted(advice.length, 'thing')} could be better.\n`)
  return ok ? 0 : 1
}

function adviceText(advice: readonly Advice[], paint: Paint): string {
  const warnings = advice.filter(({ severity }) => severity === 'warning')
  const others = advice.filter(({ severity }) => severity === 'advice')
  return [
    warnings.length === 0 ? '' : `\n${paint.yellow(counted(warnings.length, 'warning'))}\n\n${findingsText(warnings, 'yellow', paint)}`,
    others.length === 0 ? '' : `\n${paint.cyan(`${counted(others.length, 'piece')} of advice`)}\n\n${findingsText(others, 'cyan', paint)}`,
  ].join('')
}
