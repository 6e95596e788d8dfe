import { accept, type Answer, AuthError, exchange, type ExchangeOptions } from '@latchkey/client'
import { decideServerMetadata } from '@latchkey/core/relying-party'
import { objectionTo, type Transport } from '../http/endpoint-url.ts'

/** Where an issuer's discovery documents live, in the order they are asked for. @spec RFC 8414 §3.1, OIDC Discovery §4 */
export function discoveryUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  return [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
}

/** Asks for a JSON document without credentials, bounded in time and size; follows no redirect. */
export function fetchDocument(url: string, options: ExchangeOptions): Promise<Answer> {
  return exchange(url, { headers: { accept: 'application/json' } }, 'verify', options)
}

/** Asks an issuer where its keys are; throws when no document answers, or when it belongs to another issuer. @spec RFC 8414 §3.3 */
export async function discoverJwksUri(issuer: string, options: ExchangeOptions & Transport): Promise<string> {
  for (const url of discoveryUrls(issuer)) {
    const { status, body } = await fetchDocument(url, options)
    if (status === 404) continue
    if (status !== 200) throw unusable(`discovery was answered with status ${status}`)
    const { metadata } = accept(decideServerMetadata(body, { issuer, allowInsecure: options.allowInsecure }), 'verify')
    if (metadata.jwks_uri === undefined) throw unusable('the discovery document names no jwks_uri')
    const objection = objectionTo(metadata.jwks_uri, options)
    if (objection !== undefined) throw unusable(`the jwks_uri ${objection}`)
    return metadata.jwks_uri
  }
  throw unusable('the issuer has no discovery document')
}

function unusable(message: string): AuthError {
  return new AuthError(message, { code: 'discovery_failed', phase: 'verify' })
}
