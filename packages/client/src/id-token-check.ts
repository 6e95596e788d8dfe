import { decideIdToken, parseJws, type IdTokenClaims, type IdTokenExpectation, type ServerMetadata } from '@latchkey/core/relying-party'
import { asAuthError, type AuthPhase } from './auth-error.ts'
import { accept } from './refused.ts'
import { tokenHashOf } from './token-hashes.ts'

/** Throws unless the signature of an ID Token is the issuer's. The keys are those of the metadata's `jwks_uri`. */
export type SignatureVerifier = (id_token: string, metadata: ServerMetadata) => Promise<unknown>

/** What an ID Token must answer to, beside the configuration. */
export type IdTokenContext = Omit<IdTokenExpectation, 'hashes'> & {
  readonly access_token?: string
  readonly code?: string
  readonly state?: string
}

/** Judges an ID Token, and its signature if there is a verifier; answers its claims. */
export async function requireIdToken(
  id_token: string, { access_token, code, state, ...expected }: IdTokenContext, metadata: ServerMetadata, phase: AuthPhase, verifySignature?: SignatureVerifier,
): Promise<IdTokenClaims> {
  const alg = String(parseJws(id_token)?.header['alg'])
  const beside = { at_hash: access_token, c_hash: code, s_hash: state }
  const hashes: { [claim: string]: string | undefined } = {}
  for (const [claim, value] of Object.entries(beside)) if (value !== undefined) hashes[claim] = await tokenHashOf(value, alg)
  const { claims } = accept(decideIdToken(id_token, { ...expected, hashes }), phase)
  try {
    await verifySignature?.(id_token, metadata)
  } catch (cause) {
    throw asAuthError(cause, 'signature_invalid', phase)
  }
  return claims
}
