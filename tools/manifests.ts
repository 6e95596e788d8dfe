/** The part of a package.json that our rules speak about. */
export interface Manifest {
  readonly name?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly engines?: { readonly node?: string }
  readonly files?: readonly string[]
  readonly exports?: Exports
  readonly imports?: unknown
  readonly repository?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports }
}

/** An `exports` map as we write it: entry points, each a file or conditions in order. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>

const SOURCE = '@latchkey/source'

/** What is wrong with the order of the conditions of one entry point: the source first, then the types, and `default` last. */
function misordered(entry: string, target: Exports[string]): readonly string[] {
  if (typeof target === 'string') return []
  const conditions = Object.keys(target)
  return [
    ...(conditions[0] === SOURCE ? [] : [`exports["${entry}"] does not begin with ${SOURCE}`]),
    ...(conditions[1] === 'types' ? [] : [`exports["${entry}"] does not have types right after ${SOURCE}`]),
    ...(conditions.at(-1) === 'default' ? [] : [`exports["${entry}"] does not end with default`]),
  ]
}

/** An `exports` map as users get it, without the way to our sources. */
function withoutSource(exports: Exports): Exports {
  return Object.fromEntries(Object.entries(exports).map(([entry, target]) =>
    [entry, typeof target === 'string' ? target : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE))]))
}

/** The packages that need no Node.js, and so need not say which. */
const ANYWHERE: readonly (string | undefined)[] = ['@latchkey/core', '@latchkey/client', '@latchkey/browser', '@latchkey/react']

/** Everything that is wrong with the manifest of a package which we publish. */
export function manifestFaults(manifest: Manifest): readonly string[] {
  const { exports = {}, publishConfig } = manifest
  const expected: readonly (readonly [holds: boolean, fault: string])[] = [
    [manifest.name?.startsWith('@latchkey/') === true, 'name is outside @latchkey'],
    [manifest.license === 'Apache-2.0', 'license is not Apache-2.0'],
    [manifest.type === 'module', 'type is not module'],
    [manifest.engines?.node === '>=22.18' || (manifest.engines === undefined && ANYWHERE.includes(manifest.name)), 'engines.node is not >=22.18'],
    [manifest.files?.includes('dist') === true, 'files does not list dist'],
    [manifest.repository === undefined, 'repository is stated'],
    [Object.keys(exports).length > 0, 'exports is empty'],
    [publishConfig?.access === 'public', 'publishConfig.access is not public'],
    [JSON.stringify(publishConfig?.exports) === JSON.stringify(withoutSource(exports)), `publishConfig.exports is not exports without ${SOURCE}`],
  ]
  return [...expected.filter(([holds]) => !holds).map(([, fault]) => fault), ...Object.entries(exports).flatMap(([entry, target]) => misordered(entry, target))]
}
