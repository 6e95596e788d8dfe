import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { insert, type KeyToMake, type SigningAlgorithm, type SigningKeyRow, type Write } from '@latchkey/core'
import type { Clock } from '../ports/clock.ts'
import type { PublicJwk } from '../ports/keys.ts'
import { type Signer, signerOf } from './signer.ts'
import { type Vault, VaultError } from './vault.ts'

/** A key that can sign, and what verifiers need of it. */
export interface KeyPair {
  readonly public: PublicJwk
  readonly sign: Signer
  readonly verifier: CryptoKey
}

/** A private key, not yet kept. */
export interface DrawnKey {
  readonly kid: string
  readonly sealed: string
}

/** Draws a key pair for an algorithm, locked for the store. @spec RFC 7638 §3, RFC 7518 §3.3 */
export async function drawKey(alg: SigningAlgorithm, vault: Vault): Promise<DrawnKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), sealed: await vault.lock(JSON.stringify({ ...jwk, alg })) }
}

/** The write that keeps a drawn key in the place that was planned for it. */
export function keeping({ key, alg, signsAt }: KeyToMake, { kid, sealed }: DrawnKey, clock: Clock): Write {
  return insert('key', key, { use: 'sig', alg, kid, sealed, createdAt: clock(), signsAt })
}

/** The key pair in a row. Rejects with {@link VaultError} when the row is not as it was written. */
export async function keyPairOf(row: SigningKeyRow, vault: Vault): Promise<KeyPair> {
  const { alg, kid } = row
  const jwk = JSON.parse(await vault.unlock(row.sealed)) as JWK & { kty: string }
  if (jwk.alg !== alg || (await calculateJwkThumbprint(jwk)) !== kid) throw new VaultError('a signing key in the store is damaged')
  const { kty, crv, x, y, n, e } = jwk
  const members = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined))
  const verifier = (await importJWK({ ...members, kty } as JWK, alg)) as CryptoKey
  return { public: { ...members, kty, kid, alg, use: 'sig' }, sign: await signerOf(jwk, alg, kid), verifier }
}
