import type { Finding } from '@latchkey/core'
import { readSecretFile } from './secret-file.ts'
import type { StoreLocation } from './store-url.ts'

/** What the command line says, as it was typed. */
export interface Flags {
  readonly config?: string | undefined
  readonly port?: string | undefined
  readonly issuer?: string | undefined
  readonly store?: string | undefined
  readonly workers?: string | undefined
}

/** A text from outside the configuration file, and how its user would name it. */
export interface Setting {
  readonly text: string
  readonly at: string
}

/** What flags and environment say; flags win over the environment, and both over the file. */
export interface Settings {
  readonly config?: Setting | undefined
  readonly port?: Setting | undefined
  readonly issuer?: Setting | undefined
  readonly store?: Setting | undefined
  readonly workers?: Setting | undefined
  readonly encryptionKey?: Setting | undefined
  readonly findings: readonly Finding[]
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Gathers the settings; secrets may come from files that `LATCHKEY_…_FILE` names, relative to `cwd`. */
export function readSettings(flags: Flags, env: Environment, cwd: string): Settings {
  const plain = (flag: string | undefined, option: string, variable: string): Setting | undefined =>
    flag === undefined ? written(env, variable) : { text: flag, at: option }
  const store = fromFile('LATCHKEY_STORE', env, cwd)
  const encryptionKey = fromFile('LATCHKEY_ENCRYPTION_KEY', env, cwd)
  return {
    config: plain(flags.config, '--config', 'LATCHKEY_CONFIG'),
    port: plain(flags.port, '--port', 'LATCHKEY_PORT'),
    issuer: plain(flags.issuer, '--issuer', 'LATCHKEY_ISSUER'),
    workers: plain(flags.workers, '--workers', 'LATCHKEY_WORKERS'),
    store: flags.store === undefined ? store.setting : { text: flags.store, at: '--store' },
    encryptionKey: encryptionKey.setting,
    findings: [...store.findings, ...encryptionKey.findings],
  }
}

// An empty variable is what orchestration leaves behind for "not set".
function written(env: Environment, variable: string): Setting | undefined {
  const text = env[variable]
  return text === undefined || text === '' ? undefined : { text, at: variable }
}

function fromFile(variable: string, env: Environment, cwd: string): { readonly setting?: Setting | undefined; readonly findings: readonly Finding[] } {
  const direct = written(env, variable)
  const file = written(env, `${variable}_FILE`)
  if (file === undefined) return { setting: direct, findings: [] }
  if (direct !== undefined) return { findings: [{ path: file.at, reason: `stands beside ${variable}`, remedy: 'keep one of them' }] }
  const read = readSecretFile(file.text, file.at, cwd)
  return 'secret' in read ? { setting: { text: read.secret, at: file.at }, findings: [] } : { findings: [read] }
}

/** The port that a setting names, or what is wrong with it. */
export function parsePort({ text, at }: Setting): number | Finding {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : { path: at, reason: 'is no port', remedy: 'write a number from 0 to 65535; 0 lets the system choose' }
}

/** How many workers a setting asks for, or what is wrong with it. */
export function parseWorkers(workers: Setting | undefined): number | Finding {
  if (workers === undefined) return 1
  return /^[1-9]\d?$/.test(workers.text) ? Number(workers.text) : { path: workers.at, reason: 'is no number of workers', remedy: 'write a number from 1 to 99, such as the number of processors' }
}

/** Several workers share what is stored, which memory is not. */
export function workersFindings(workers: number, at: string, store: StoreLocation | undefined): readonly Finding[] {
  if (workers === 1 || store?.kind !== 'memory') return []
  return [{ path: at, reason: 'asks for several workers, and each would have a memory of its own', remedy: 'leave it out, or keep data in a file or in PostgreSQL' }]
}
