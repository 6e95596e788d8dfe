import { compactVerify, createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type CompactVerifyGetKey, type JSONWebKeySet } from 'jose'
import { type AssertionVerifier, decodeBase64url } from '@latchkey/core'
import { keyFetch } from './fetch-keys.ts'
import { TRUSTED_ALGORITHMS, type TrustedIssuer } from './trusted-issuer.ts'

const COOLDOWN_MS = 10_000
const KEPT_MS = 600_000
/** Shorter than what an extension is given, so that the answer is that the keys are unreachable. */
const FETCH_TIMEOUT_MS = 3_000

/** The media types that an assertion may declare; those of other tokens of the same issuer are no assertions. @spec RFC 8725 §3.11 */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'authorization-grant+jwt']

/** Verifies assertions of these issuers, each with its own keys and algorithms only. Keys and addresses in a header are ignored. */
export function assertionVerifier(issuers: readonly TrustedIssuer[]): AssertionVerifier {
  const known = new Map(issuers.map((issuer) => [issuer.issuer, { key: keysOf(issuer), algorithms: [...(issuer.algorithms ?? TRUSTED_ALGORITHMS)] }]))
  return async (assertion, issuer) => {
    const trusted = known.get(issuer)
    // A letter with stray bits would make a second assertion of one.
    if (trusted === undefined || !assertion.split('.').every((part) => decodeBase64url(part))) return 'unverified'
    try {
      const { payload, protectedHeader } = await compactVerify(assertion, trusted.key, { algorithms: trusted.algorithms })
      if (!TYPES.includes(protectedHeader.typ?.toLowerCase())) return 'unverified'
      const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
      return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? { ...claims } : 'unverified'
    } catch (fault) {
      return fault instanceof KeysUnreachable ? 'unreachable' : 'unverified'
    }
  }
}

/** The keys of an issuer could not be fetched. */
class KeysUnreachable extends Error {
  override readonly name = 'KeysUnreachable'
}

function keysOf({ jwks, jwks_uri }: TrustedIssuer): CompactVerifyGetKey {
  if (jwks_uri === undefined) return createLocalJWKSet({ keys: jwks?.keys ?? [] } as unknown as JSONWebKeySet)
  const remote = createRemoteJWKSet(new URL(jwks_uri), { cooldownDuration: COOLDOWN_MS, cacheMaxAge: KEPT_MS, timeoutDuration: FETCH_TIMEOUT_MS, [customFetch]: keyFetch(COOLDOWN_MS) })
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      if (KEY_FAULTS.some((known) => cause instanceof known)) throw cause
      throw new KeysUnreachable('the keys of an issuer could not be fetched', { cause })
    }
  }
}

/** Faults of a token or of a key, rather than of the way to the keys. */
const KEY_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]
