import { among, type Abilities, type Client, find, firstUse, type Instant, isRegistered, parseClient, type Row } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { inTurn } from './in-turn.ts'
import type { Clock } from './ports/clock.ts'
import type { Keys } from './ports/keys.ts'
import type { Store } from './ports/store.ts'
import { reached } from './reached.ts'
import { settle } from './settle.ts'

/** The clients of a server. */
export interface Clients {
  /** The client of this name, `undefined` when there is none. Those of the configuration are answered at once. */
  find(client_id: string): Client | undefined | Promise<Client | undefined>
  /** Those of the configuration. */
  readonly configured: ReadonlyMap<string, Client>
  /** Whether scripts of an origin may call: some client registered it. */
  isOrigin(origin: string): boolean | Promise<boolean>
  /** Something was issued to a client. The first time is remembered, so that the client is kept. */
  used(client_id: string, server: AuthorizationServer): Promise<void>
  /** Changes what is kept of registered clients, one after the other: they all write the row that counts them. */
  change<T>(client_id: string, task: () => Promise<T>): Promise<T>
}

/** Clients that are all in the configuration. */
export function configuredClients(configured: ReadonlyMap<string, Client>): Clients {
  const origins = new Set([...configured.values()].flatMap((client) => client.allowed_cors_origins))
  return {
    find: (client_id) => configured.get(client_id),
    configured,
    isOrigin: (origin) => origins.has(origin),
    used: () => Promise.resolve(),
    change: (_, task) => task(),
  }
}

/** What registered clients are read with. */
export interface Reading {
  readonly store: Store
  readonly keys: Pick<Keys, 'derive'>
  readonly clock: Clock
  readonly abilities: Abilities
}

/** Other names are not looked up. */
const OUR_NAME = /^[A-Za-z0-9_-]{27}$/
const ORIGIN = /^https?:\/\/[a-z0-9.[\]:_-]{1,250}$/
const MOST_KEPT = 1_000
/** For how many seconds an origin that some client has is let in without asking. */
const ORIGIN_KEPT = 60

interface Kept {
  readonly at: Instant
  readonly found: Promise<{ readonly client: Client; readonly isUnused: boolean } | undefined>
}

/**
 * The clients of the configuration and those that registered themselves. A registered one is read at most once a second, so that every
 * node sees within a second that it has changed or gone. That there is none is never remembered.
 */
export function registeredClients(configured: ReadonlyMap<string, Client>, reading: Reading): Clients {
  const fixed = configuredClients(configured)
  const { store, clock } = reading
  const kept = new Map<string, Kept>()
  const origins = new Map<string, Instant>()
  const turn = inTurn()

  async function read(client_id: string) {
    const { row } = await reached(() => store.gather({ row: find('client', client_id) }))
    const client = isRegistered(row, clock()) ? clientIn(row, reading) : undefined
    if (client === undefined) kept.delete(client_id)
    return client && { client, isUnused: row?.expiresAt !== undefined }
  }
  function remembered(client_id: string): Kept['found'] {
    const before = kept.get(client_id)
    if (before !== undefined && before.at === clock()) return before.found
    const found = read(client_id)
    found.catch(() => kept.delete(client_id))
    keep(kept, client_id, { at: clock(), found })
    return found
  }
  async function isRegisteredOrigin(origin: string): Promise<boolean> {
    if (clock() - (origins.get(origin) ?? -Infinity) < ORIGIN_KEPT) return true
    const { rows } = await reached(() => store.gather({ rows: among('client', 'origin', origin) }))
    const isKnown = rows.some((row) => isRegistered(row, clock()))
    if (isKnown) keep(origins, origin, clock())
    return isKnown
  }
  async function change<T>(client_id: string, task: () => Promise<T>): Promise<T> {
    try {
      return await turn(task)
    } finally {
      kept.delete(client_id)
    }
  }

  return {
    ...fixed,
    find: (client_id) => configured.get(client_id) ?? (OUR_NAME.test(client_id) ? remembered(client_id).then((found) => found?.client) : undefined),
    isOrigin: (origin) => fixed.isOrigin(origin) || (ORIGIN.test(origin) && isRegisteredOrigin(origin)),
    change,
    async used(client_id, server) {
      if (configured.has(client_id) || (await remembered(client_id))?.isUnused !== true) return
      // What was issued is committed: if this fails, it is tried again at the next use.
      await change(client_id, () => settle(firstUse(client_id), server)).catch(() => undefined)
    },
  }
}

function keep<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > MOST_KEPT && oldest !== undefined) map.delete(oldest)
}

/** The secret of a registered client. It is derived rather than kept, so that clients which sign with it can be verified and no store tells it. */
export function registeredSecret(client_id: string, keys: Pick<Keys, 'derive'>): string {
  return keys.derive(JSON.stringify(['client_secret', client_id]))
}

/** The client that a row describes; none when the server can no longer do what it registered. */
function clientIn({ metadata, isSelfRegistered }: Row<'client'>, { abilities, keys }: Reading): Client | undefined {
  const scope = (metadata.scope ?? '').split(' ').filter((name) => abilities.scopes.has(name)).join(' ')
  const signs = metadata.token_endpoint_auth_method === 'client_secret_jwt' ? { secrets: [{ secret: registeredSecret(metadata.client_id, keys) }] } : {}
  const client = parseClient({ ...metadata, ...signs, scope }, abilities)
  return 'client_id' in client ? { ...client, isSelfRegistered } : undefined
}
