import type { Client, ClientJwk } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'

/** The public keys of a client, `unreachable` when they can not be fetched. @spec RFC 7591 §2 */
export function clientKeys({ jwks }: Client, _: AuthorizationServer): Promise<readonly ClientJwk[] | 'unreachable'> {
  return Promise.resolve(jwks?.keys ?? 'unreachable')
}
