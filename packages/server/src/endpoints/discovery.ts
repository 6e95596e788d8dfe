import { registrabilityOf, serverMetadata } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'

/** In seconds. */
const KEPT = 300

/** What happens at the two well-known addresses. @spec RFC 8414 §3, OpenID Connect Discovery §4 */
export function discovery({ server }: Exchange): Promise<Response> {
  const { catalogue, endpoints, grants, keys, clients, registration } = server
  return published(serverMetadata(catalogue, endpoints, [...grants.keys()], keys.algorithms, [...clients.configured.values()], registration && registrabilityOf(registration)), KEPT)
}

/** What happens at /jwks. @spec RFC 7517 §5 */
export async function jwks({ server }: Exchange): Promise<Response> {
  return published({ keys: await server.keys.published() }, server.keys.publishedFor ?? KEPT)
}

function published(body: unknown, seconds: number): Promise<Response> {
  return Promise.resolve(new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json', 'cache-control': `public, max-age=${seconds}`, 'access-control-allow-origin': '*' } }))
}
