import { serverMetadata } from '@latchkey/core'
import type { Exchange } from '../authorization-server.ts'

const KEPT = 'public, max-age=300'

/** What happens at the two well-known addresses. @spec RFC 8414 §3, OpenID Connect Discovery §4 */
export function discovery({ server }: Exchange): Promise<Response> {
  const { catalogue, endpoints, grants, keys, clients } = server
  return published(serverMetadata(catalogue, endpoints, [...grants.keys()], keys.algorithms, [...clients.configured.values()]))
}

/** What happens at /jwks. @spec RFC 7517 §5 */
export async function jwks({ server }: Exchange): Promise<Response> {
  return published({ keys: await server.keys.published() })
}

function published(body: unknown): Promise<Response> {
  return Promise.resolve(new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json', 'cache-control': KEPT, 'access-control-allow-origin': '*' } }))
}
