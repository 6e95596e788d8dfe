import type { Finding } from '@latchkey/core'
import path from 'node:path'
import { demoConfiguration } from '../demo/configuration.ts'
import { assemble, type Assembled } from './assemble.ts'
import { findConfigurationFiles, readConfigurationFile } from './read-file.ts'
import { type Environment, type Flags, readSettings } from './settings.ts'

/** A configuration, or why there is none, and the file it was read from; the built-in demo has no file. */
export type Loaded = Assembled & { readonly file?: string }

/** Finds and reads the configuration that flags, environment and files make; without a file it is the demo. Rejects for nothing that a user can write. */
export async function loadConfiguration(flags: Flags, env: Environment, cwd: string): Promise<Loaded> {
  const settings = readSettings(flags, env, cwd)
  const found = settings.config === undefined ? findConfigurationFiles(cwd) : [path.resolve(cwd, settings.config.text)]
  const [file, other] = found
  if (file === undefined) return assemble(demoConfiguration(settings.port?.text, env), settings, { folder: cwd, cwd, isBuiltInDemo: true })
  if (other !== undefined) return { file, findings: [twoFiles(file, other)] }
  const read = await readConfigurationFile(file)
  if ('findings' in read) return { file, findings: read.findings }
  return { file, ...assemble(read.written, settings, { folder: path.dirname(file), cwd, isBuiltInDemo: false }) }
}

function twoFiles(one: string, other: string): Finding {
  return { path: path.basename(other), reason: `stands beside ${path.basename(one)}, and only one can be meant`, remedy: 'remove one of them, or name one with --config' }
}

/** Whether what was loaded can not stand. */
export function hasFindings(loaded: Loaded): loaded is Extract<Loaded, { findings: readonly Finding[] }> {
  return 'findings' in loaded
}
