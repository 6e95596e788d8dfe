import type { Finding } from '@latchkey/core'
import { hasFindings, loadConfiguration } from '../config/load.ts'
import { type Flags, readSettings } from '../config/settings.ts'
import { parseStoreUrl, shownStore, type StoreLocation } from '../config/store-url.ts'
import { migrateStore } from '../open-store.ts'
import { counted, findingsText } from './report.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

/** What the flags of `migrate` say. */
export interface MigrateFlags extends Flags {
  readonly to?: string | undefined
  readonly json?: boolean | undefined
}

/** Brings the store to a format without serving: 0 when it is there now, 1 when it could not be brought there. */
export async function migrate(flags: MigrateFlags, terminal: Terminal): Promise<ExitCode> {
  const paint = paintFor(terminal)
  const fail = (reason: string, findings: readonly Finding[] = []): ExitCode => {
    if (flags.json === true) terminal.out(`${JSON.stringify({ ok: false, reason, findings })}\n`)
    else terminal.err(`${paint.red('Not migrated:')} ${reason}\n${findings.length === 0 ? '' : `\n${findingsText(findings, 'red', paint)}`}`)
    return 1
  }
  if (flags.to !== undefined && !/^\d{1,9}$/.test(flags.to)) return fail(`--to ${flags.to} is no number of a format`)
  const located = await locate(flags, terminal)
  if ('findings' in located) return fail(counted(located.findings.length, 'problem'), located.findings)
  if (located.kind === 'memory') return fail('memory: keeps nothing')
  try {
    const { from, to } = await migrateStore(located, flags.to === undefined ? undefined : Number(flags.to))
    const store = shownStore(located)
    terminal.out(flags.json === true ? `${JSON.stringify({ ok: true, store, from, to })}\n` : from === to ? `${store} is at format ${to} already.\n` : `${store} was at format ${from} and is at ${to} now.\n`)
    return 0
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

/** The store that flags or environment name, or else the configuration; only that needs the whole of it to be sound. */
async function locate(flags: Flags, terminal: Terminal): Promise<StoreLocation | { readonly findings: readonly Finding[] }> {
  const { store, findings } = readSettings(flags, terminal.env, terminal.cwd)
  if (findings.length > 0) return { findings }
  if (store !== undefined) {
    const location = parseStoreUrl(store.text, store.at, terminal.cwd)
    return 'kind' in location ? location : { findings: [location] }
  }
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  return hasFindings(loaded) ? { findings: loaded.findings } : loaded.configuration.store
}
