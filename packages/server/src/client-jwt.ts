import { type CompactVerifyResult, compactVerify, createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet } from 'jose'
import { type Client, type ClientSecret, decodeBase64url, type VerifiedAssertion } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { clientKeys } from './client-keys.ts'

/** What a client may have signed, and with what. */
export interface ClientSigning {
  readonly algorithms: readonly string[]
  /** The media types that it may declare, in lower case; `undefined` for none. */
  readonly types: readonly unknown[]
  /** The secrets that may have signed it, for the algorithms that sign with secrets. */
  readonly secrets?: readonly ClientSecret[]
}

/**
 * The claims of a JWT that a client signed with a key it registered, or why they are not to be had. Keys and addresses in the header are
 * never used. Times and audiences are the decision's to judge.
 * @spec RFC 7515 §5.2, RFC 8725 §3
 */
export async function clientJwt(text: string, client: Client, signing: ClientSigning, server: AuthorizationServer): Promise<VerifiedAssertion> {
  // A letter with stray bits would make a second JWT of one.
  if (!text.split('.').every((part) => decodeBase64url(part))) return 'unverified'
  try {
    const { alg, kid, typ } = decodeProtectedHeader(text)
    if (alg === undefined || !signing.algorithms.includes(alg) || !signing.types.includes(typ?.toLowerCase())) return 'unverified'
    if (alg.startsWith('HS')) return await bySecret(text, alg, signing.secrets ?? [], server)
    const keys = await clientKeys(client, server, kid)
    return keys === 'unreachable' ? keys : await byKeys(text, alg, keys)
  } catch {
    return 'unverified'
  }
}

async function bySecret(text: string, alg: string, secrets: readonly ClientSecret[], { clock }: AuthorizationServer): Promise<VerifiedAssertion> {
  for (const { text: secret, expiresAt } of secrets) {
    if (secret === undefined || (expiresAt !== undefined && expiresAt <= clock())) continue
    const verified = await compactVerify(text, new TextEncoder().encode(secret), { algorithms: [alg] }).catch(() => undefined)
    if (verified !== undefined) return claimsIn(verified)
  }
  return 'unverified'
}

async function byKeys(text: string, alg: string, keys: readonly Readonly<Record<string, unknown>>[]): Promise<VerifiedAssertion> {
  try {
    return claimsIn(await compactVerify(text, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), { algorithms: [alg] }))
  } catch (fault) {
    // Several keys fit a header without kid: any of them may have signed. @spec RFC 7515 §6
    if (!(fault instanceof errors.JWKSMultipleMatchingKeys)) return 'unverified'
    for await (const key of fault) {
      const verified = await compactVerify(text, key, { algorithms: [alg] }).catch(() => undefined)
      if (verified !== undefined) return claimsIn(verified)
    }
    return 'unverified'
  }
}

function claimsIn({ payload }: CompactVerifyResult): VerifiedAssertion {
  const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? { ...claims } : 'unverified'
}
