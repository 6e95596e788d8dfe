import { type Bounds, fetchJson } from '../http/bounded-json.ts'
import { objectionTo, type Transport } from '../http/endpoint-url.ts'

/** Where an issuer's discovery documents live, in the order they are asked for. @spec RFC 8414 §3.1, OIDC Discovery §4 */
export function discoveryUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  return [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
}

/** Asks an issuer where its keys are; throws when no document answers, or when it belongs to another issuer. @spec RFC 8414 §3.3 */
export async function discoverJwksUri(issuer: string, bounds: Bounds & Transport): Promise<string> {
  let status = 0
  for (const url of discoveryUrls(issuer)) {
    const answer = await fetchJson(url, bounds)
    if (answer.status === 200) return parseJwksUri(issuer, answer.body, bounds)
    status = answer.status
    if (status !== 404) break
  }
  throw new Error(`discovery of ${issuer} was answered with status ${status}`)
}

function parseJwksUri(issuer: string, metadata: unknown, transport: Transport): string {
  if (typeof metadata !== 'object' || metadata === null) throw new Error(`the discovery document of ${issuer} is not an object`)
  const found: { issuer?: unknown; jwks_uri?: unknown } = metadata
  if (found.issuer !== issuer) throw new Error(issuerMismatch(issuer, found.issuer))
  if (typeof found.jwks_uri !== 'string') throw new Error(`the discovery document of ${issuer} names no jwks_uri`)
  const objection = objectionTo(found.jwks_uri, transport)
  if (objection !== undefined) throw new Error(`the jwks_uri of ${issuer} ${objection}`)
  return found.jwks_uri
}

function issuerMismatch(expected: string, found: unknown): string {
  const slash = typeof found === 'string' && (found === `${expected}/` || `${found}/` === expected)
  return `the discovery document asked for as ${expected} names the issuer ${JSON.stringify(found)}${slash ? '; they differ only by a trailing slash' : ''}`
}
