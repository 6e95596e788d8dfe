import { base64url, CompactSign, importJWK, type JWK } from 'jose'
import type { SigningAlgorithm } from '@latchkey/core'

/** Signs JWTs of one type with one key. */
export type Signer = (typ: string, claims: Readonly<Record<string, unknown>>) => Promise<string> | string

interface NodeCrypto {
  createPrivateKey(input: { key: unknown; format: 'jwk' }): object
  sign(hash: string | null, input: Uint8Array, key: object): Uint8Array
  constants: { RSA_PKCS1_PSS_PADDING: number; RSA_PSS_SALTLEN_DIGEST: number }
}

/**
 * A signer for a private key. Where Node's own cryptography is at hand it signs at once: about 15,000 ES256 signatures a second on one
 * core against 8,000 by WebCrypto, which crosses threads for each.
 */
export async function signerOf(jwk: JWK, alg: SigningAlgorithm, kid: string): Promise<Signer> {
  const node = nodeCrypto()
  return node === undefined ? webSigner(jwk, alg, kid) : nodeSigner(node, jwk, alg, kid)
}

async function webSigner(jwk: JWK, alg: SigningAlgorithm, kid: string): Promise<Signer> {
  const key = await importJWK(jwk, alg)
  return (typ, claims) => new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg, kid, typ }).sign(key)
}

function nodeSigner(node: NodeCrypto, jwk: JWK, alg: SigningAlgorithm, kid: string): Signer {
  const key = node.createPrivateKey({ key: jwk, format: 'jwk' })
  const parameters = { key, ...parametersOf(alg, node) }
  const hash = alg === 'EdDSA' || alg === 'Ed25519' ? null : `sha${alg.slice(-3)}`
  const headers = new Map<string, string>()
  const encoder = new TextEncoder()
  const headerOf = (typ: string): string => {
    const encoded = base64url.encode(JSON.stringify({ alg, kid, typ }))
    headers.set(typ, encoded)
    return encoded
  }
  return (typ, claims) => {
    const input = `${headers.get(typ) ?? headerOf(typ)}.${base64url.encode(JSON.stringify(claims))}`
    return `${input}.${base64url.encode(node.sign(hash, encoder.encode(input), parameters))}`
  }
}

/** @spec RFC 7518 §3.4, §3.5 */
function parametersOf(alg: SigningAlgorithm, { constants }: NodeCrypto): object {
  if (alg.startsWith('ES')) return { dsaEncoding: 'ieee-p1363' }
  return alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
}

function nodeCrypto(): NodeCrypto | undefined {
  const runtime = globalThis as { process?: { versions?: { node?: string; bun?: string }; getBuiltinModule?(name: string): unknown } }
  const { process } = runtime
  if (process?.versions?.node === undefined || process.versions.bun !== undefined) return undefined
  return process.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
}
