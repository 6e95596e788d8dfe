import { type Finding, parseScope, SIGNING_ALGORITHMS } from '@latchkey/core'
import { assertionFindings } from './assertions/findings.ts'
import type { AuthorizationServerOptions } from './create.ts'
import { endpointFindings } from './endpoint-switches.ts'

/** What can not stand in the options of a server, its clients and grants aside. */
export function findingsIn(options: AuthorizationServerOptions): readonly Finding[] {
  return [issuerFindings, keyFindings, sessionFindings, scopeFindings, resourceFindings, operatorFindings, assertionFindings, endpointFindings].flatMap((findings) => findings(options))
}

const ISSUER_REMEDY = 'write the https URL under which clients reach the server, in lower case, without trailing slash'

/** @spec RFC 8414 §2 */
function issuerFindings({ issuer, allowInsecureIssuer = false }: AuthorizationServerOptions): readonly Finding[] {
  const isUrl = /^https?:\/\/[^\s/?#@\\]+(\/[^\s/?#\\]+)*$/.test(issuer) && URL.canParse(issuer)
  if (!isUrl) return [{ path: 'issuer', reason: 'is not a URL without query, fragment and trailing slash', remedy: ISSUER_REMEDY }]
  if (new URL(issuer).href.replace(/\/$/, '') !== issuer) return [{ path: 'issuer', reason: 'is not spelled as a URL is sent', remedy: ISSUER_REMEDY }]
  const isLoopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/.test(issuer)
  return issuer.startsWith('https:') || isLoopback || allowInsecureIssuer ? [] : [{ path: 'issuer', reason: 'is plain http to another machine', remedy: ISSUER_REMEDY }]
}

function keyFindings({ keys, encryptionKey = '', algorithms }: AuthorizationServerOptions): readonly Finding[] {
  if (keys !== undefined) return []
  const known: readonly string[] = SIGNING_ALGORITHMS
  const foreign = algorithms?.find((alg) => !known.includes(alg))
  return [
    ...when(encryptionKey.length < 32, 'encryptionKey', 'is missing or shorter than 32 characters', 'make one with `openssl rand -base64 32` and keep it outside the store'),
    ...when(algorithms?.length === 0, 'algorithms', 'is empty, so that nothing can be signed', 'name at least one, or leave it out'),
    ...when(foreign !== undefined, 'algorithms', `${String(foreign)} is not supported`, `use some of ${known.join(', ')}`),
  ]
}

/** Browsers keep no cookie for longer. @spec RFC 6265bis §5.5 */
const LONGEST_COOKIE = 34_560_000

function sessionFindings({ sessionLifetime = 1 }: AuthorizationServerOptions): readonly Finding[] {
  const isFit = Number.isInteger(sessionLifetime) && sessionLifetime > 0 && sessionLifetime <= LONGEST_COOKIE
  return when(!isFit, 'sessionLifetime', `is not a whole number of seconds from 1 to ${LONGEST_COOKIE}`, 'write seconds, at most 400 days')
}

function scopeFindings({ scopes = [] }: AuthorizationServerOptions): readonly Finding[] {
  return scopes.flatMap(({ name }, at) => when(!isScope(name), `scopes[${at}].name`, 'is not one scope name', 'use printable ASCII without space, quote and backslash'))
}

/** @spec RFC 8707 §2 */
function resourceFindings({ issuer, resources = [] }: AuthorizationServerOptions): readonly Finding[] {
  return resources.flatMap(({ resource, scopes }, at) => [
    ...when(!URL.canParse(resource) || /[#\s]/.test(resource), `resources[${at}].resource`, 'is not an absolute URI without fragment', 'use the URL of the API'),
    ...when(resource === issuer, `resources[${at}].resource`, 'is the issuer, which stands for userinfo', 'use the URL of the API'),
    ...when(resources.findIndex((other) => other.resource === resource) < at, `resources[${at}].resource`, 'is named twice', 'write all its scopes in one place'),
    ...when(!scopes.every(isScope), `resources[${at}].scopes`, 'has a name that no scope can have', 'use printable ASCII without space, quote and backslash'),
  ])
}

function operatorFindings({ clients, resources = [] }: AuthorizationServerOptions): readonly Finding[] {
  return resources.flatMap(({ operatedBy = [] }, at) => {
    const unknown = operatedBy.find((client_id) => !clients.some((client) => client.client_id === client_id))
    return when(unknown !== undefined, `resources[${at}].operatedBy`, `${String(unknown)} is no client`, 'name the client_id of the software behind the resource')
  })
}

function isScope(name: string): boolean {
  const names = parseScope(name)
  return 'length' in names && names.length === 1 && names[0] === name
}

function when(isWrong: boolean, path: string, reason: string, remedy: string): readonly Finding[] {
  return isWrong ? [{ path, reason, remedy }] : []
}
