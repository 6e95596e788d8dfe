import { type Client, LONGEST_REQUEST_OBJECT, parseJws, refuse, type Refusal, REQUEST_OBJECT_ALGORITHMS, type RequestObject } from '@latchkey/core'
import type { AuthorizationServer } from '../authorization-server.ts'
import { clientJwt } from '../client-jwt.ts'

/** The media types that a request object may declare; those of other JWTs of the same client are no requests. @spec RFC 9101 §10.8, RFC 8725 §3.11 */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'oauth-authz-req+jwt', 'application/oauth-authz-req+jwt']

/** The claims of a request object that its client signed with a key and an algorithm of its own. What they say is core's to judge. @spec RFC 9101 §6.2 */
export async function verifiedRequestObject(text: string, client: Client, server: AuthorizationServer): Promise<RequestObject | Refusal> {
  const { client_id, request_object_signing_alg } = client
  const jws = text.length > LONGEST_REQUEST_OBJECT ? undefined : parseJws(text)
  if (jws === undefined) return refuse('request_object_malformed', { client_id })
  const { typ } = jws.header
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.includes(typ.toLowerCase()))) return refuse('request_object_type_wrong', { client_id })
  const algorithms = request_object_signing_alg === undefined ? REQUEST_OBJECT_ALGORITHMS : [request_object_signing_alg]
  const claims = await clientJwt(text, client, { algorithms, types: TYPES }, server)
  if (claims === 'unreachable') return refuse('client_keys_unreachable', { client_id })
  return claims === 'unverified' ? refuse('request_object_signature_wrong', { client_id }) : (claims as RequestObject)
}
