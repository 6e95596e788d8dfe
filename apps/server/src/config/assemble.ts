import { DEFAULT_KEY_SCHEDULE, type Finding, keyScheduleFindings, type KeySchedule, longestTokenLifetime, type Resource, type ScopeEntry } from '@latchkey/core'
import path from 'node:path'
import type { Advice } from './advice-rule.ts'
import { adviceOn } from './advice.ts'
import { DEFAULT_ALGORITHMS, readClients } from './client-rules.ts'
import { certificateAdvice } from './network/certificates.ts'
import type { Configuration, EncryptionKey } from './configuration.ts'
import { encryptionKeyFindings } from './encryption-key.ts'
import { issuerFindings } from './issuer.ts'
import { listenAddress } from './network/listen-rules.ts'
import { readNetwork } from './network/read-network.ts'
import { ruleFindings } from './rules.ts'
import { type Salvaged, salvage } from './salvage.ts'
import { readSecretFile } from './secret-file.ts'
import { parsePort, parseWorkers, type Setting, type Settings, workersFindings } from './settings.ts'
import { parseStoreUrl, type StoreLocation } from './store-url.ts'
import { structureFindings } from './structure.ts'

/** Where a configuration comes from, for paths in it and for what it may leave out. */
export interface Origin {
  /** The folder from which its relative paths start. */
  readonly folder: string
  readonly cwd: string
  /** Whether it is the demo that Latchkey brings, which makes its own encryption key. */
  readonly isBuiltInDemo: boolean
}

/** A configuration that can stand, with advice, or everything that is wrong with it. */
export type Assembled = { readonly configuration: Configuration; readonly advice: readonly Advice[] } | { readonly findings: readonly Finding[] }

/** Puts together what a file says and what flags and environment say over it. */
export function assemble(written: unknown, settings: Settings, origin: Origin): Assembled {
  const salvaged = overridden(salvage(written), settings)
  const findings: Finding[] = [...settings.findings, ...structureFindings(written)]
  const add = <T>(outcome: T | Finding): T | undefined => {
    if (!isFinding(outcome)) return outcome
    findings.push(outcome)
    return undefined
  }
  findings.push(...issuerRule(salvaged, settings))
  const isStoreFaulty = salvaged.store === undefined && salvaged.without.has('store')
  const store = isStoreFaulty ? undefined : add(storeOf(salvaged, settings, origin))
  const workers = add(parseWorkers(settings.workers))
  findings.push(...workersFindings(workers ?? 1, settings.workers?.at ?? '--workers', store))
  const encryptionKey = add(encryptionKeyOf(salvaged, settings, origin, store))
  if (encryptionKey?.kind === 'given' && salvaged.encryptionKey === undefined) findings.push(...encryptionKeyFindings(encryptionKey.text, settings.encryptionKey?.at ?? 'encryptionKeyFile'))
  const port = settings.port === undefined ? undefined : add(parsePort(settings.port))
  const network = readNetwork(salvaged, origin.folder)
  const read = readClients(salvaged, origin.folder)
  const rotation = rotationOf(salvaged)
  findings.push(...network.findings, ...read.findings, ...ruleFindings(withClientSecrets(salvaged, read.secrets)), ...keyScheduleFindings(rotation, longestTokenLifetime(read.parsed), 'keys'))
  if (findings.length > 0 || store === undefined || encryptionKey === undefined) return { findings: distinct(findings) }
  const { issuer = '', allowInsecureIssuer = false, sessionLifetime, demo = false, keys, registration, exam: { dangerouslyRotateKeysToken: rotateKeysToken } = {} } = salvaged
  const configuration: Configuration = {
    issuer,
    allowInsecureIssuer,
    store,
    encryptionKey,
    listen: listenAddress(salvaged, port, origin.folder),
    workers: workers ?? 1,
    endpoints: salvaged.endpoints ?? {},
    outbound: network.outbound,
    ...(rotateKeysToken === undefined ? {} : { rotateKeysToken }),
    ...(sessionLifetime === undefined ? {} : { sessionLifetime }),
    isDemo: demo,
    clients: read.clients,
    users: salvaged.users.map(({ value }) => value),
    scopes: salvaged.scopes.map(({ value }): ScopeEntry => ({ name: value.name, ...(value.description === undefined ? {} : { description: value.description }) })),
    resources: salvaged.resources.map(({ value: { operatedBy, ...value } }): Resource => ({ ...value, ...(operatedBy === undefined ? {} : { operatedBy }) })),
    trustedIssuers: salvaged.trustedIssuers ?? [],
    ...(registration === undefined ? {} : { registration }),
    algorithms: keys?.algorithms ?? DEFAULT_ALGORITHMS,
    rotation,
  }
  const { certificates } = network
  return { configuration, advice: [...adviceOn(salvaged, configuration, read.parsed), ...(certificates === undefined ? [] : certificateAdvice(certificates, issuer, new Date()))] }
}

function rotationOf({ keys = {} }: Salvaged): KeySchedule {
  const { rotateAfter = DEFAULT_KEY_SCHEDULE.rotateAfter, announceFor = DEFAULT_KEY_SCHEDULE.announceFor, retireAfter = DEFAULT_KEY_SCHEDULE.retireAfter } = keys
  return { rotateAfter, announceFor, retireAfter }
}

function isFinding(outcome: unknown): outcome is Finding {
  return typeof outcome === 'object' && outcome !== null && 'reason' in outcome && 'remedy' in outcome
}

function overridden(salvaged: Salvaged, { issuer, store }: Settings): Salvaged {
  return { ...salvaged, ...(issuer === undefined ? {} : { issuer: issuer.text }), ...(store === undefined ? {} : { store: store.text }) }
}

// Secrets that came from files are held against the demo's as those in the file are.
function withClientSecrets(salvaged: Salvaged, secrets: ReadonlyMap<number, string>): Salvaged {
  return { ...salvaged, clients: salvaged.clients.map(({ at, value, without }) => ({ at, without, value: { ...value, client_secret: secrets.get(at) ?? value.client_secret } })) }
}

function issuerRule({ issuer, allowInsecureIssuer = false, without }: Salvaged, settings: Settings): readonly Finding[] {
  if (issuer === undefined && without.has('issuer')) return []
  if (issuer !== undefined) return issuerFindings(issuer, settings.issuer?.at ?? 'issuer', allowInsecureIssuer)
  return [{ path: 'issuer', reason: 'is missing', remedy: 'add the URL of this server as clients see it, such as https://login.example.com; it is never inferred from a request' }]
}

function storeOf({ store }: Salvaged, settings: Settings, { folder, cwd }: Origin): StoreLocation | Finding {
  if (store === undefined) return { path: 'store', reason: 'is missing', remedy: 'write sqlite:./data/latchkey.db, or memory: to keep nothing' }
  const { at, from }: { at: string; from: string } = settings.store === undefined ? { at: 'store', from: folder } : { at: settings.store.at, from: cwd }
  return parseStoreUrl(store, at, from)
}

function encryptionKeyOf(salvaged: Salvaged, settings: Settings, origin: Origin, store: StoreLocation | undefined): EncryptionKey | Finding {
  const given: Setting | undefined = settings.encryptionKey ?? (salvaged.encryptionKey === undefined ? undefined : { text: salvaged.encryptionKey, at: 'encryptionKey' })
  if (given !== undefined) return { kind: 'given', text: given.text }
  if (salvaged.encryptionKeyFile !== undefined) {
    const read = readSecretFile(salvaged.encryptionKeyFile, 'encryptionKeyFile', origin.folder)
    return 'secret' in read ? { kind: 'given', text: read.secret } : read
  }
  // A store that could not be read has its own finding, and perhaps would need no key.
  if (store === undefined || store.kind === 'memory') return { kind: 'ephemeral' }
  if (origin.isBuiltInDemo) return { kind: 'demo file', file: path.join(store.kind === 'sqlite' ? path.dirname(store.file) : path.resolve(origin.cwd, 'data'), 'demo-encryption.key') }
  return { path: 'encryptionKey', reason: 'is missing, and private keys are kept in the store', remedy: 'make one with `openssl rand -base64 32 > latchkey.key` and name the file in encryptionKeyFile or LATCHKEY_ENCRYPTION_KEY_FILE' }
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.path}\n${finding.reason}`, finding])).values()]
}
