import type { EndpointUrls, Finding, Issuer } from '@latchkey/core'
import type { AuthorizationServerOptions } from './create.ts'

/** The endpoints that can be switched off, as metadata names them without `_endpoint`. */
export const ENDPOINT_NAMES = ['authorization', 'pushed_authorization_request', 'token', 'userinfo', 'device_authorization', 'introspection', 'revocation'] as const
/** One of {@link ENDPOINT_NAMES}. */
export type EndpointName = (typeof ENDPOINT_NAMES)[number]
/** Which endpoints there are: all but those that are `false`. */
export type EndpointSwitches = { readonly [Name in EndpointName]?: boolean | undefined }

/** Where the endpoints are, below the issuer. */
export const ENDPOINT_PATHS = {
  authorization: '/authorize',
  pushed_authorization_request: '/par',
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

/** The grants of a client that can not work because an endpoint is switched off. */
export function grantEndpointFindings({ grant_types = ['authorization_code'] }: { readonly grant_types?: readonly string[] | undefined }, switches: EndpointSwitches): readonly Finding[] {
  return grant_types.flatMap((grant_type) => {
    const missing = missingFor(grant_type, switches)
    return missing === undefined ? [] : [{ path: 'grant_types', reason: `${grant_type} needs the ${missing} endpoint, which is switched off`, remedy: `remove ${missing} from endpoints, or the grant type from the client` }]
  })
}

/** What of a resource can not work because an endpoint is switched off: opaque access tokens can only be read by introspection. */
export function formatEndpointFindings({ access_token_format }: { readonly access_token_format?: string | undefined }, switches: EndpointSwitches): readonly Finding[] {
  if (access_token_format !== 'opaque' || isOn('introspection', switches)) return []
  return [{ path: 'access_token_format', reason: 'is opaque, and introspection is switched off, so that nobody could read the tokens', remedy: 'use jwt, or remove introspection from endpoints' }]
}

/** What can not stand in the switches of a server, or beside them. */
export function endpointFindings({ endpoints = {}, clients, resources = [] }: AuthorizationServerOptions): readonly Finding[] {
  const known: readonly string[] = ENDPOINT_NAMES
  return [
    ...Object.keys(endpoints).filter((name) => !known.includes(name)).map((name) => ({ path: `endpoints.${name}`, reason: 'is no endpoint that can be switched off', remedy: `use some of ${known.join(', ')}` })),
    ...clients.flatMap((client, at) => below(`clients[${at}]`, grantEndpointFindings(client, endpoints))),
    ...resources.flatMap((resource, at) => below(`resources[${at}]`, formatEndpointFindings(resource, endpoints))),
  ]
}

function below(place: string, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: `${place}.${finding.path}` }))
}
