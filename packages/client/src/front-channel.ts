import { decideHybridResponse, decideIdTokenPair, requiredHashesOf, type AcceptedHybridResponse, type IdTokenClaims, type PendingAuthorization, type ServerMetadata } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { redeem } from './authorization.ts'
import { requireIdToken, type SignatureVerifier } from './id-token-check.ts'
import { createIssuerSignatures } from './issuer-signatures.ts'
import { accept } from './refused.ts'
import { requireOwn, type RelyingParty } from './relying-party.ts'
import type { TokenSet } from './token-set.ts'

/**
 * Judges a hybrid response: state and issuer, then the ID Token with its signature and what it vouches for; only then is the code redeemed.
 * An access token that came along is judged and let go, because the one from the token endpoint never was in a browser's address.
 * @spec OpenID Connect Core §3.3.2.8, §3.3.3.6
 */
export async function frontChannelCallback(party: RelyingParty, parameters: URLSearchParams, pending: PendingAuthorization, signal?: AbortSignal): Promise<TokenSet> {
  requireOwn({ issuer: pending.issuer, clientId: pending.client_id }, party, 'callback')
  const metadata = await party.discover(signal)
  const accepted = accept(decideHybridResponse(parameters, {
    pending, now: party.now(), lifetime: party.authorizationLifetime, issIsAdvertised: metadata['authorization_response_iss_parameter_supported'] === true,
  }), 'callback')
  const front = await judgeFrontChannel(party, accepted, pending, metadata)
  const tokens = await redeem(party, accepted.code, pending, signal)
  if (tokens.claims === undefined) throw authError('id_token_missing', 'callback')
  accept(decideIdTokenPair(front, tokens.claims), 'callback')
  return tokens
}

async function judgeFrontChannel(party: RelyingParty, accepted: AcceptedHybridResponse, { nonce, max_age, state }: PendingAuthorization, metadata: ServerMetadata): Promise<IdTokenClaims> {
  if (nonce === undefined) throw authError('nonce_mismatch', 'callback')
  const { code, id_token, access_token } = accepted
  return requireIdToken(id_token, {
    issuer: party.issuer, client_id: party.clientId, algorithms: algorithmsOf(party, metadata), now: party.now(), tolerance: party.clockTolerance,
    nonce, code, state, requiredHashes: requiredHashesOf(accepted), ...(access_token !== undefined && { access_token }), ...(max_age !== undefined && { max_age }),
  }, metadata, 'callback', party.verifySignature ?? signaturesOf(party))
}

/** Those that the configuration allows and the issuer announces. @spec OpenID Connect Discovery §3 */
function algorithmsOf({ idTokenAlgorithms }: RelyingParty, metadata: ServerMetadata): readonly string[] {
  const announced = metadata['id_token_signing_alg_values_supported']
  return Array.isArray(announced) ? idTokenAlgorithms.filter(alg => announced.includes(alg)) : idTokenAlgorithms
}

const verifiers = new WeakMap<RelyingParty, SignatureVerifier>()

/** One verifier for the life of a relying party, so that the issuer's keys are kept. */
function signaturesOf(party: RelyingParty): SignatureVerifier {
  const verifier = verifiers.get(party) ?? createIssuerSignatures(party)
  verifiers.set(party, verifier)
  return verifier
}
