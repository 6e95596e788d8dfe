import type { EndpointUrls, Finding, Issuer } from '@latchkey/core'

/** The endpoints that can be switched off, as metadata names them without `_endpoint`. */
export const ENDPOINT_NAMES = ['authorization', 'token', 'userinfo', 'device_authorization', 'introspection', 'revocation'] as const
/** One of {@link ENDPOINT_NAMES}. */
export type EndpointName = (typeof ENDPOINT_NAMES)[number]
/** Which endpoints there are: all but those that are `false`. */
export type EndpointSwitches = { readonly [Name in EndpointName]?: boolean | undefined }

/** Where the endpoints are, below the issuer. */
export const ENDPOINT_PATHS = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  device_authorization: '/device_authorization',
  introspection: '/introspect',
  revocation: '/revoke',
} as const satisfies Record<EndpointName, string>

/** The grants that need more than the token endpoint, or something else. */
const NEEDED_BY: ReadonlyMap<string, readonly EndpointName[]> = new Map<string, readonly EndpointName[]>([
  ['authorization_code', ['authorization', 'token']],
  ['implicit', ['authorization']],
  ['urn:ietf:params:oauth:grant-type:device_code', ['device_authorization', 'token']],
])

/** The endpoints that are switched on, and the address of the keys, by their names in metadata. @spec RFC 8414 §2 */
export function endpointUrls(issuer: Issuer, switches: EndpointSwitches): EndpointUrls {
  const on = ENDPOINT_NAMES.filter((name) => isOn(name, switches)).map((name) => [`${name}_endpoint`, issuer + ENDPOINT_PATHS[name]])
  return { ...Object.fromEntries(on), jwks_uri: `${issuer}/jwks` }
}

/** Whether an endpoint is switched on; what is no endpoint always is. */
export function isOn(name: EndpointName | undefined, switches: EndpointSwitches): boolean {
  return name === undefined || switches[name] !== false
}

/** Whether the endpoints that a grant needs are switched on. */
export function isReachable(grant_type: string, switches: EndpointSwitches): boolean {
  return missingFor(grant_type, switches) === undefined
}

function missingFor(grant_type: string, switches: EndpointSwitches): EndpointName | undefined {
  return (NEEDED_BY.get(grant_type) ?? ['token']).find((name) => !isOn(name, switches))
}

/** What of a configuration its endpoints are needed for. */
interface Dependents {
  readonly endpoints?: EndpointSwitches | undefined
  readonly clients: readonly { readonly grant_types?: readonly string[] | undefined }[]
  readonly resources?: readonly { readonly access_token_format?: string | undefined }[] | undefined
}

/** What can not work because an endpoint is switched off: grants of clients, and access tokens that only introspection can read. */
export function endpointFindings({ endpoints = {}, clients, resources = [] }: Dependents): readonly Finding[] {
  const known: readonly string[] = ENDPOINT_NAMES
  const unknown = Object.keys(endpoints).filter((name) => !known.includes(name)).map((name) => ({ path: `endpoints.${name}`, reason: 'is no endpoint that can be switched off', remedy: `use some of ${known.join(', ')}` }))
  const grants = clients.flatMap(({ grant_types = ['authorization_code'] }, at) => grant_types.flatMap((grant_type) => {
    const missing = missingFor(grant_type, endpoints)
    return missing === undefined ? [] : [{ path: `clients[${at}].grant_types`, reason: `${grant_type} needs the ${missing} endpoint, which is switched off`, remedy: `remove ${missing} from endpoints, or the grant type from the client` }]
  }))
  const isRead = isOn('introspection', endpoints)
  const opaque = resources.flatMap(({ access_token_format }, at) => (isRead || access_token_format !== 'opaque' ? [] : [{ path: `resources[${at}].access_token_format`, reason: 'is opaque, and introspection is switched off, so that nobody could read the tokens', remedy: 'use jwt, or remove introspection from endpoints' }]))
  return [...unknown, ...grants, ...opaque]
}
