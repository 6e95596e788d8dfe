import type { Finding } from '@latchkey/core'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { jsonFindings } from './json-text.ts'
import { unreadable } from './secret-file.ts'
import { readYaml } from './yaml-text.ts'

/** Where a configuration is looked for, in this order. */
export const FILE_NAMES = ['latchkey.config.json', 'latchkey.config.yaml', 'latchkey.config.yml', 'latchkey.config.ts', 'latchkey.config.mjs'] as const

/** What a configuration file holds, before anyone looked at it. */
export type Written = { readonly written: unknown } | { readonly findings: readonly Finding[] }

/** The configuration files in a folder. */
export function findConfigurationFiles(folder: string): readonly string[] {
  return FILE_NAMES.map((name) => path.join(folder, name)).filter((file) => existsSync(file))
}

/** Reads a configuration file of any kind; `.ts` and `.mjs` are run. */
export async function readConfigurationFile(file: string): Promise<Written> {
  switch (path.extname(file).toLowerCase()) {
    case '.json':
      return readText(file, (text) => jsonFindings(text) ?? { written: JSON.parse(text) })
    case '.yaml':
    case '.yml':
      return readText(file, readYaml)
    case '.ts':
    case '.mts':
    case '.mjs':
    case '.js':
      return runModule(file)
    default:
      return failed(file, 'has a name that tells no format', 'name it .json, .yaml, .yml, .ts or .mjs')
  }
}

function failed(path: string, reason: string, remedy: string): Written {
  return { findings: [{ path, reason, remedy }] }
}

function readText(file: string, read: (text: string) => Written): Written {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    return failed(file, unreadable(error), 'correct the path, or make a file with `latchkey init`')
  }
  return read(text)
}

async function runModule(file: string): Promise<Written> {
  if (!existsSync(file)) return failed(file, 'does not exist', 'correct the path, or make a file with `latchkey init`')
  try {
    const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
    const written = module['default']
    return written === undefined ? failed(file, 'has no default export', 'write `export default defineConfig({ … })`') : { written }
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0] ?? ''}` : String(error)
    return failed(file, `could not be run: ${message}`, 'run it with `node` to see where')
  }
}
