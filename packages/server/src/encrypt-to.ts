import { CompactEncrypt, importJWK, type JWK } from 'jose'
import { type ClientJwk, encryptionKeyAmong, type EncryptionPlan, refuse, type Refusal } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { clientKeys } from './client-keys.ts'

/**
 * A text encrypted to a key of its client, never compressed. `cty` says that it holds a signed JWT, rather than the claims themselves.
 * @spec RFC 7516 §7.1, RFC 7519 §5.2, OpenID Connect Core §10.2
 */
export async function encryptTo(plan: EncryptionPlan, text: string, cty: 'JWT' | undefined, server: AuthorizationServer): Promise<string | Refusal> {
  const { client_id, alg } = plan
  const client = await server.clients.find(client_id)
  const keys = client === undefined ? [] : await clientKeys(client, server)
  if (keys === 'unreachable') return refuse('client_keys_unreachable', { client_id })
  const key = encryptionKeyAmong(keys, alg)
  const encrypted = key && (await encryptedBy(key, plan, text, cty))
  return encrypted ?? refuse('client_encryption_key_missing', { client_id, alg })
}

/** `undefined` when the members of the key make none: they are the client's. */
async function encryptedBy({ kty, crv, x, y, n, e, kid }: ClientJwk, { alg, enc }: EncryptionPlan, text: string, cty: 'JWT' | undefined): Promise<string | undefined> {
  const members = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined))
  const header = { alg, enc, typ: 'JWT', ...(cty === undefined ? {} : { cty }), ...(typeof kid === 'string' ? { kid } : {}) }
  try {
    const key = await importJWK(members as unknown as JWK, alg)
    return await new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(key)
  } catch {
    return undefined
  }
}
