import { compactVerify, type CryptoKey, createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, type ProtectedHeaderParameters } from 'jose'
import { type Client, decodeBase64url, LONGEST_REQUEST_OBJECT, refuse, type Refusal, REQUEST_OBJECT_ALGORITHMS, type RequestObject } from '@latchkey/core'
import type { AuthorizationServer } from '../authorization-server.ts'
import { clientKeys } from '../client-keys.ts'

/** The media types that a request object may declare; those of other JWTs of the same client are no requests. @spec RFC 9101 §10.8, RFC 8725 §3.11 */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'oauth-authz-req+jwt', 'application/oauth-authz-req+jwt']

/**
 * The claims of a request object that its client signed with a key and an algorithm of its own. What they say is core's to judge. Keys
 * and addresses in a header are ignored.
 * @spec RFC 9101 §6.2
 */
export async function verifiedRequestObject(text: string, client: Client, server: AuthorizationServer): Promise<RequestObject | Refusal> {
  const { client_id, request_object_signing_alg } = client
  const header = headerOf(text)
  if (header === undefined) return refuse('request_object_malformed', { client_id })
  const { alg = '', typ } = header
  if (!TYPES.includes(typ?.toLowerCase())) return refuse('request_object_type_wrong', { client_id, typ })
  const algorithms = request_object_signing_alg === undefined ? REQUEST_OBJECT_ALGORITHMS : [request_object_signing_alg]
  if (!algorithms.includes(alg) || !REQUEST_OBJECT_ALGORITHMS.includes(alg)) return refuse('request_object_signature_wrong', { client_id, alg })
  const keys = await clientKeys(client, server)
  if (keys === 'unreachable') return refuse('request_object_keys_unreachable', { client_id })
  const payload = await signedPayload(text, keys, alg)
  if (payload === undefined) return refuse('request_object_signature_wrong', { client_id, alg })
  return claimsIn(payload) ?? refuse('request_object_malformed', { client_id })
}

/** The header of a text that is one JWS in compact form, each part spelled as its signer must have spelled it. */
function headerOf(text: string): ProtectedHeaderParameters | undefined {
  const parts = text.length > LONGEST_REQUEST_OBJECT ? [] : text.split('.')
  if (parts.length !== 3 || !parts.every((part) => decodeBase64url(part))) return undefined
  try {
    const header = decodeProtectedHeader(text)
    return header.crit === undefined && typeof (header.typ ?? '') === 'string' && typeof (header.alg ?? '') === 'string' ? header : undefined
  } catch {
    return undefined
  }
}

async function signedPayload(text: string, keys: readonly object[], alg: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(text, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), { algorithms: [alg] })).payload
  } catch (fault) {
    return fault instanceof errors.JWKSMultipleMatchingKeys ? signedByOneOf(text, fault, alg) : undefined
  }
}

/** Without a `kid` any key of the client that suits the algorithm may have made the signature. */
async function signedByOneOf(text: string, keys: AsyncIterable<CryptoKey>, alg: string): Promise<Uint8Array | undefined> {
  for await (const key of keys) {
    const verified = await compactVerify(text, key, { algorithms: [alg] }).catch(() => undefined)
    if (verified !== undefined) return verified.payload
  }
  return undefined
}

function claimsIn(payload: Uint8Array): RequestObject | undefined {
  try {
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as RequestObject) : undefined
  } catch {
    return undefined
  }
}
