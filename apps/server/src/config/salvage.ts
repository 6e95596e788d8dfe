import type * as z from 'zod'
import type { ConfiguredClient } from './client-schema.ts'
import { type ReadConfiguration, configurationSchema } from './schema.ts'
import { nearest } from './structure.ts'
import type { ConfiguredUser } from './user-schema.ts'

/** A member of a list, with its place in the file. */
export interface Placed<T> {
  readonly at: number
  readonly value: T
  /** Members that were left out because they do not fit, or were misspelt: what a rule says about their absence is no news. */
  readonly without: ReadonlySet<string>
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
  /** The members that were left out because they do not fit. */
  readonly without: ReadonlySet<string>
}

/** What fits the schema in something that perhaps does not as a whole. */
export function salvage(written: unknown): Salvaged {
  const members: Readonly<Record<string, unknown>> = typeof written === 'object' && written !== null && !Array.isArray(written) ? { ...written } : {}
  const { clients, users, scopes, resources, ...single } = configurationSchema.shape
  const sound: [string, unknown][] = []
  const without = new Set<string>()
  for (const [name, schema] of Object.entries(single)) {
    const parsed = schema.safeParse(members[name])
    if (!parsed.success) without.add(name)
    else if (parsed.data !== undefined) sound.push([name, parsed.data])
  }
  return {
    ...Object.fromEntries(sound),
    without,
    clients: placed(clients.unwrap().element, members['clients']),
    users: placed(users.unwrap().element, members['users']),
    scopes: placed(scopes.unwrap().element, members['scopes']),
    resources: placed(resources.unwrap().element, members['resources']),
  }
}

interface Element<T> {
  readonly shape: Readonly<Record<string, unknown>>
  safeParse(written: unknown): { success: true; data: T } | { success: false; error: { readonly issues: readonly z.core.$ZodIssue[] } }
}

function placed<T>(element: Element<T>, list: unknown): readonly Placed<T>[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((written: unknown, at) => {
    const whole = element.safeParse(written)
    if (whole.success) return [{ at, value: whole.data, without: new Set<string>() }]
    if (typeof written !== 'object' || written === null) return []
    const faulty = new Set(whole.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])])))
    const rest = element.safeParse(Object.fromEntries(Object.entries(written).filter(([name]) => !faulty.has(name))))
    const meant = [...faulty].flatMap((name) => nearest(name, Object.keys(element.shape)) ?? [])
    return rest.success ? [{ at, value: rest.data, without: new Set([...faulty, ...meant]) }] : []
  })
}
