import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Where and with what a run was made. */
export interface Surroundings {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memory: string
  readonly node: string
  readonly openssl: string
  readonly kernel: string
  readonly load: string
  readonly libraries: Readonly<Record<string, string>>
}

/** The surroundings of this run. */
export function surroundings(): Surroundings {
  const [first] = cpus()
  const libraries = ['oidc-provider', '@hono/node-server', 'better-sqlite3'].map((name) => [name, versionOf(name)] as const)
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${first?.model.trim() ?? 'unknown'}, ${mhz()} MHz`,
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    openssl: process.versions.openssl ?? 'unknown',
    kernel: `${type()} ${release()}`,
    load: loadavg().map((value) => value.toFixed(1)).join(' '),
    libraries: Object.fromEntries(libraries),
  }
}

function mhz(): string {
  return String(Math.round(Number(/cpu MHz\s*:\s*([\d.]+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 0)))
}

function versionOf(name: string): string {
  for (const from of ['../node_modules/', '../../packages/store-sqlite/node_modules/']) {
    try {
      return (JSON.parse(readFileSync(fileURLToPath(new URL(`${from}${name}/package.json`, import.meta.url)), 'utf8')) as { version: string }).version
    } catch {
      continue
    }
  }
  return 'unknown'
}
