import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeBase64url, encodeBase64url, find, insert, type SigningAlgorithm } from '@latchkey/core'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { Keys, PublicJwk } from '../ports/keys.ts'
import { drawSecret, type Random, systemRandom } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { type Signer, signerOf } from './signer.ts'
import { type Vault, VaultError, vaultOf } from './vault.ts'

/** How keys are kept. */
export interface StoredKeysOptions {
  /** Encrypts the keys at rest: a secret text of at least 32 characters. */
  readonly encryptionKey: string
  readonly algorithms?: readonly SigningAlgorithm[]
  readonly clock?: Clock
  readonly random?: Random
}

interface KeyPair {
  readonly public: PublicJwk
  readonly sign: Signer
  readonly verifier: CryptoKey
}

/** In bytes. */
const SECRET_KEY = 32

/** Which algorithms a server signs with unless it is told: ES256 for access tokens, RS256 because every client knows it. */
export const DEFAULT_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256']

/**
 * Keys that live in the store, encrypted. Those that are missing are generated at first start; nodes that start together agree on the
 * first to be stored. Rejects with `VaultError` rather than replace a key that it can not read.
 */
export async function storedKeys(store: Store, options: StoredKeysOptions): Promise<Keys> {
  const { algorithms = DEFAULT_ALGORITHMS, clock = systemClock, random = systemRandom } = options
  const vault = vaultOf(options.encryptionKey)
  const kept = (name: string, make: () => Promise<string> | string) => keptSecret(name, make, store, vault, clock)
  const secretKey = async (name: string) => {
    const key = decodeBase64url(await kept(name, () => drawSecret(random)))
    if (key?.length !== SECRET_KEY) throw new VaultError(`the key ${name} in the store is damaged`)
    return key
  }
  const sealing = await secretKey('seal/1')
  const deriving = await secretKey('derive/1')
  const pairs = new Map<SigningAlgorithm, KeyPair>()
  for (const alg of algorithms) pairs.set(alg, await keyPairOf(await kept(`${alg}/1`, () => generate(alg)), alg))
  const byKid = new Map([...pairs.values()].map((pair) => [pair.public.kid, pair]))
  const published = [...pairs.values()].map((pair) => pair.public)
  return {
    algorithms,
    sign(alg, typ, claims) {
      const pair = pairs.get(alg)
      if (pair === undefined) throw new Error(`no key for ${alg}`)
      return pair.sign(typ, claims)
    },
    verify: (jwt, typ) => verify(jwt, typ, byKid),
    seal: (text) => encodeBase64url(hmac(sha256, sealing, utf8ToBytes(text))),
    derive: (text) => encodeBase64url(hmac(sha256, deriving, utf8ToBytes(text))),
    published: () => published,
  }
}

async function keptSecret(name: string, make: () => Promise<string> | string, store: Store, vault: Vault, clock: Clock): Promise<string> {
  const { row } = await store.gather({ row: find('key', name) })
  if (row !== undefined) return vault.unlock(row.sealed)
  const made = await make()
  const outcome = await store.commit([insert('key', name, { sealed: await vault.lock(made), createdAt: clock() })])
  return outcome === 'committed' ? made : keptSecret(name, make, store, vault, clock)
}

async function generate(alg: SigningAlgorithm): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}

/** @spec RFC 7638 §3 */
async function keyPairOf(secret: string, alg: SigningAlgorithm): Promise<KeyPair> {
  const jwk = JSON.parse(secret) as JWK & { kty: string }
  const { kty, crv, x, y, n, e } = jwk
  const members = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined))
  const kid = await calculateJwkThumbprint(jwk)
  const verifier = (await importJWK({ ...members, kty } as JWK, alg)) as CryptoKey
  return { public: { ...members, kty, kid, alg, use: 'sig' }, sign: await signerOf(jwk, alg, kid), verifier }
}

/** Beside what JOSE asks, each part must be spelled as we spelled it: stray bits in a last letter would make a second token of one. */
async function verify(jwt: string, typ: string, byKid: ReadonlyMap<string, KeyPair>): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    if (!jwt.split('.').every((part) => decodeBase64url(part))) return undefined
    const header = decodeProtectedHeader(jwt)
    const pair = byKid.get(header.kid ?? '')
    if (pair === undefined || header.typ !== typ) return undefined
    const { payload } = await compactVerify(jwt, pair.verifier, { algorithms: [pair.public.alg] })
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
