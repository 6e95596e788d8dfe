import type { Client } from '@latchkey/core'

/** The clients of a server. */
export interface Clients {
  /** The client of this name, `undefined` when there is none. Those of the configuration are answered at once. */
  find(client_id: string): Client | undefined | Promise<Client | undefined>
  /** Those of the configuration. */
  readonly configured: ReadonlyMap<string, Client>
}

/** Clients that are all in the configuration. */
export function configuredClients(configured: ReadonlyMap<string, Client>): Clients {
  return { find: (client_id) => configured.get(client_id), configured }
}
