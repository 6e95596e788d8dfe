import { existsSync } from 'node:fs'
import type { SigningAlgorithm } from '@latchkey/core'
import { type KeyRotation, type ListedKey, listKeys, type Store, storedKeys, VaultError } from '@latchkey/server'
import type { Configuration } from '../config/configuration.ts'
import { hasFindings, loadConfiguration } from '../config/load.ts'
import type { Flags } from '../config/settings.ts'
import { encryptionKeyText, openStore } from '../open-store.ts'
import { keysJson, keysText } from './keys-text.ts'
import { counted, findingsText, visible } from './report.ts'
import { type ExitCode, paintFor, type Terminal } from './terminal.ts'

/** What the flags of the `keys` commands say beside those of the configuration. */
export interface KeysFlags extends Flags {
  readonly json?: boolean | undefined
  readonly alg?: SigningAlgorithm | undefined
  readonly now?: boolean | undefined
  readonly compromised?: boolean | undefined
}

type KeysAct = (store: Store, configuration: Configuration) => Promise<readonly ListedKey[]>

/** Lists the signing keys of the configured store. Needs no encryption key, and changes nothing. */
export function listSigningKeys(flags: KeysFlags, terminal: Terminal): Promise<ExitCode> {
  return acted(flags, terminal, (store) => listKeys(store))
}

/** Announces successors of the keys that sign, or with `now` lets them sign at once. */
export function rotateSigningKeys(flags: KeysFlags, terminal: Terminal): Promise<ExitCode> {
  return acted(flags, terminal, async (store, configuration) => (await rotationOf(store, configuration)).rotate(flags.alg, { now: flags.now === true }))
}

/** Ends the signing of one key, or with `compromised` everything that it signed. */
export function retireSigningKey(kid: string, flags: KeysFlags, terminal: Terminal): Promise<ExitCode> {
  return acted(flags, terminal, async (store, configuration) => (await rotationOf(store, configuration)).retire(kid, { compromised: flags.compromised === true }))
}

/** Acts on the keys of the configured store, beside a server that may be running on it: 0 when done, 1 when not. */
async function acted(flags: KeysFlags, terminal: Terminal, act: KeysAct): Promise<ExitCode> {
  const paint = paintFor(terminal)
  const loaded = await loadConfiguration(flags, terminal.env, terminal.cwd)
  if (hasFindings(loaded)) {
    const { findings, file = 'the settings of the demo' } = loaded
    return failed(terminal, `${paint.red(counted(findings.length, 'problem'))} in ${file}\n\n${findingsText(findings, 'red', paint)}`)
  }
  const { configuration } = loaded
  if (configuration.store.kind === 'memory') return failed(terminal, 'The store is memory:, which only the running server has.\n')
  if (configuration.store.kind === 'sqlite' && !existsSync(configuration.store.file)) return failed(terminal, `There is no store at ${configuration.store.file} yet: keys are made when the server first starts.\n`)
  try {
    const keys = await withStore(configuration, act)
    terminal.out(flags.json === true ? keysJson(keys) : keysText(keys, paint))
    return 0
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof VaultError || error instanceof Unopened)) throw error
    return failed(terminal, `${visible(error.message)}\n`)
  }
}

/** The store could not be opened, for a reason that its message tells the operator. */
class Unopened extends Error {}

async function withStore(configuration: Configuration, act: KeysAct): Promise<readonly ListedKey[]> {
  const store = await opened(configuration)
  try {
    return await act(store, configuration)
  } finally {
    await store.close()
  }
}

async function opened({ store }: Configuration): Promise<Store> {
  try {
    return await openStore(store)
  } catch (cause) {
    throw new Unopened(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

async function rotationOf(store: Store, { encryptionKey, algorithms, rotation }: Configuration): Promise<KeyRotation> {
  return (await storedKeys(store, { encryptionKey: encryptionKeyText(encryptionKey), algorithms, rotation })).rotation
}

function failed(terminal: Terminal, text: string): ExitCode {
  terminal.err(text)
  return 1
}
