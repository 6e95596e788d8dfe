import type { ConfiguredClient } from './client-schema.ts'
import { type ReadConfiguration, configurationSchema } from './schema.ts'
import type { ConfiguredUser } from './user-schema.ts'

/** A member of a list, with its place in the file. */
export interface Placed<T> {
  readonly at: number
  readonly value: T
}

type Lists = 'clients' | 'users' | 'scopes' | 'resources'
type Scope = NonNullable<ReadConfiguration['scopes']>[number]
type Resource = NonNullable<ReadConfiguration['resources']>[number]

/** The parts of a configuration that fit the schema, so that the rest of the rules can be applied to them beside broken ones. */
export interface Salvaged extends Omit<ReadConfiguration, Lists | '$schema'> {
  readonly clients: readonly Placed<ConfiguredClient>[]
  readonly users: readonly Placed<ConfiguredUser>[]
  readonly scopes: readonly Placed<Scope>[]
  readonly resources: readonly Placed<Resource>[]
}

/** What fits the schema in something that perhaps does not as a whole. */
export function salvage(written: unknown): Salvaged {
  const members: Readonly<Record<string, unknown>> = typeof written === 'object' && written !== null && !Array.isArray(written) ? { ...written } : {}
  const { clients, users, scopes, resources, ...single } = configurationSchema.shape
  const sound = Object.entries(single).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(members[name])
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data]] : []
  })
  return {
    ...Object.fromEntries(sound),
    clients: placed(clients.unwrap().element, members['clients']),
    users: placed(users.unwrap().element, members['users']),
    scopes: placed(scopes.unwrap().element, members['scopes']),
    resources: placed(resources.unwrap().element, members['resources']),
  }
}

function placed<T>(element: { safeParse(written: unknown): { success: true; data: T } | { success: false } }, list: unknown): readonly Placed<T>[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((written, at) => {
    const parsed = element.safeParse(written)
    return parsed.success ? [{ at, value: parsed.data }] : []
  })
}
