import { CompactSign, importJWK, type JWK } from 'jose'
import { encodeBase64url, type SigningAlgorithm } from '@latchkey/core'
import { ecdsaSignature } from './ecdsa-signature.ts'

/** Signs JWTs of one type with one key. */
export type Signer = (typ: string, claims: Readonly<Record<string, unknown>>) => Promise<string> | string

interface NodeCrypto {
  createPrivateKey(input: { key: unknown; format: 'jwk' }): object
  sign(hash: string | null, input: Uint8Array, key: object): Uint8Array
  constants: { RSA_PKCS1_PSS_PADDING: number; RSA_PSS_SALTLEN_DIGEST: number }
}

interface Node {
  readonly crypto: NodeCrypto
  readonly buffer: { Buffer: { from(text: string): Uint8Array & { toString(encoding?: string): string } } }
}

/**
 * A signer for a private key. Where Node's own cryptography is at hand it signs at once: an ES256 JWT takes 23 µs of one core, against
 * 60 by WebCrypto, which crosses threads for each.
 */
export async function signerOf(jwk: JWK, alg: SigningAlgorithm, kid: string): Promise<Signer> {
  const node = nodeBuiltins()
  return node === undefined ? webSigner(jwk, alg, kid) : nodeSigner(node, jwk, alg, kid)
}

async function webSigner(jwk: JWK, alg: SigningAlgorithm, kid: string): Promise<Signer> {
  const key = await importJWK(jwk, alg)
  return (typ, claims) => new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg, kid, typ }).sign(key)
}

function nodeSigner({ crypto, buffer: { Buffer } }: Node, jwk: JWK, alg: SigningAlgorithm, kid: string): Signer {
  const sign = signatureBy(crypto, crypto.createPrivateKey({ key: jwk, format: 'jwk' }), alg)
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const headers = new Map<string, string>()
  const headerOf = (typ: string): string => {
    const encoded = encode({ alg, kid, typ })
    headers.set(typ, encoded)
    return encoded
  }
  return (typ, claims) => {
    const input = `${headers.get(typ) ?? headerOf(typ)}.${encode(claims)}`
    const signature = sign(Buffer.from(input))
    return `${input}.${encodeBase64url(signature)}`
  }
}

/**
 * Node signs with a bare key in half the time that it takes with options around the key (ES256: 20 µs against 40 µs), which makes up
 * for turning DER into the JWS form here.
 * @spec RFC 7518 §3.3, §3.4, §3.5, RFC 8037 §3.1
 */
function signatureBy({ sign, constants }: NodeCrypto, key: object, alg: SigningAlgorithm): (input: Uint8Array) => Uint8Array {
  const hash = alg === 'EdDSA' || alg === 'Ed25519' ? null : `sha${alg.slice(-3)}`
  const size = ECDSA_SIZES.get(alg)
  if (size !== undefined) return (input) => ecdsaSignature(sign(hash, input, key), size)
  const parameters = alg.startsWith('PS') ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : key
  return (input) => sign(hash, input, parameters)
}

/** Bytes of R and of S. */
const ECDSA_SIZES: ReadonlyMap<SigningAlgorithm, number> = new Map([
  ['ES256', 32],
  ['ES384', 48],
  ['ES512', 66],
])

function nodeBuiltins(): Node | undefined {
  const runtime = globalThis as { process?: { versions?: { node?: string; bun?: string }; getBuiltinModule?(name: string): unknown } }
  const { process } = runtime
  if (process?.versions?.node === undefined || process.versions.bun !== undefined || process.getBuiltinModule === undefined) return undefined
  return { crypto: process.getBuiltinModule('node:crypto') as NodeCrypto, buffer: process.getBuiltinModule('node:buffer') as Node['buffer'] }
}
