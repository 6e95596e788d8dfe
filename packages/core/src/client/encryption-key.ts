import type { KeyEncryption } from '../registry/encryption.ts'
import type { ClientJwk } from './metadata.ts'

/** Base64url characters of a modulus of 2048 bits. */
const SHORTEST_MODULUS = 342
const CURVES: readonly unknown[] = ['P-256', 'P-384', 'P-521', 'X25519']
const OPERATIONS: readonly unknown[] = ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits']

/** The key of a client that something is encrypted to by this algorithm: the first that fits. @spec OpenID Connect Core §10.2, RFC 7517 §4.2, §4.3, RFC 7518 §4.3, §4.6 */
export function encryptionKeyAmong(keys: readonly ClientJwk[], alg: KeyEncryption): ClientJwk | undefined {
  return keys.find((key) => isForEncryption(key) && (key.alg ?? alg) === alg && (alg.startsWith('RSA') ? isRsa(key) : isCurve(key)))
}

function isForEncryption({ use, key_ops }: ClientJwk): boolean {
  return (use ?? 'enc') === 'enc' && (!Array.isArray(key_ops) || key_ops.length === 0 || key_ops.some((each) => OPERATIONS.includes(each)))
}

/** @spec RFC 7518 §4.3 */
function isRsa({ kty, n }: ClientJwk): boolean {
  return kty === 'RSA' && typeof n === 'string' && n.length >= SHORTEST_MODULUS
}

function isCurve({ kty, crv }: ClientJwk): boolean {
  return (kty === 'EC' || kty === 'OKP') && CURVES.includes(crv)
}
