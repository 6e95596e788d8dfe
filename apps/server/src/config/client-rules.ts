import { type Abilities, type Client, type ClientMetadata, type Finding, GRANTS, JWT_BEARER, operatorsOf, parseClient, RESPONSE_TYPES, type SigningAlgorithm, STANDARD_SCOPES } from '@latchkey/core'
import type { ConfiguredClient } from './client-schema.ts'
import type { Salvaged } from './salvage.ts'
import { readSecretFile } from './secret-file.ts'

/** The algorithms that a server signs with when its configuration names none. */
export const DEFAULT_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256']

/** The clients of a configuration. */
export interface ReadClients {
  /** Those that can stand, as they are written. */
  readonly clients: readonly ClientMetadata[]
  /** The same, as core reads them. */
  readonly parsed: readonly Client[]
  /** Secrets that were read from files, by the place of their client. */
  readonly secrets: ReadonlyMap<number, string>
  /** What is wrong with the others. */
  readonly findings: readonly Finding[]
}

/** Reads the clients of a configuration; files that hold secrets are looked for from `folder`. */
export function readClients(salvaged: Salvaged, folder: string): ReadClients {
  const abilities = abilitiesOf(salvaged)
  const clients: ClientMetadata[] = []
  const parsed: Client[] = []
  const secrets = new Map<number, string>()
  const findings: Finding[] = []
  for (const { at, value, without } of salvaged.clients) {
    const metadata = withSecret(value, at, folder)
    if ('reason' in metadata) {
      findings.push(metadata)
      continue
    }
    if (value.client_secret_file !== undefined && metadata.client_secret !== undefined) secrets.set(at, metadata.client_secret)
    const outcome = parseClient(metadata, abilities)
    if (isFindings(outcome)) findings.push(...outcome.filter(({ path }) => !without.has(path)).map((finding) => ({ ...finding, path: `clients[${at}].${finding.path}` })))
    else {
      clients.push(metadata)
      parsed.push(outcome)
    }
  }
  return { clients, parsed, secrets, findings }
}

function isFindings(outcome: Client | readonly Finding[]): outcome is readonly Finding[] {
  return Array.isArray(outcome)
}

/** What the server of a configuration can do. */
export function abilitiesOf({ scopes, resources, keys, trustedIssuers = [] }: Salvaged): Abilities {
  return {
    grant_types: [...GRANTS.map(({ grant_type }) => grant_type), 'implicit', 'password', ...(trustedIssuers.length === 0 ? [] : [JWT_BEARER])],
    response_types: RESPONSE_TYPES,
    scopes: new Set([...STANDARD_SCOPES, ...scopes.map(({ value }) => value.name), ...resources.flatMap(({ value }) => value.scopes)]),
    operators: operatorsOf(resources.map(({ value }) => value)),
    algorithms: keys?.algorithms ?? DEFAULT_ALGORITHMS,
  }
}

function withSecret(client: ConfiguredClient, at: number, folder: string): ClientMetadata | Finding {
  const { client_secret_file, ...metadata } = client
  const bare = defined(metadata)
  if (client_secret_file === undefined) return bare
  const path = `clients[${at}].client_secret_file`
  if (bare.client_secret !== undefined) return { path, reason: 'stands beside client_secret', remedy: 'keep one of them' }
  const read = readSecretFile(client_secret_file, path, folder)
  return 'secret' in read ? { ...bare, client_secret: read.secret } : read
}

// The schema's optional members may hold `undefined`, which core's exact types do not allow.
function defined(metadata: Omit<ConfiguredClient, 'client_secret_file'>): ClientMetadata {
  return JSON.parse(JSON.stringify(metadata)) as ClientMetadata
}
