import { decideHybridResponse, decideIdTokenPair, decideRequiredHashes, requiredHashesOf, type AcceptedHybridResponse, type IdTokenClaims, type PendingAuthorization, type ServerMetadata } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { redeem } from './authorization.ts'
import { requireIdToken } from './id-token-check.ts'
import { algorithmsOf, signaturesOf } from './issuer-signatures.ts'
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
  const claims = await requireIdToken(id_token, {
    issuer: party.issuer, client_id: party.clientId, algorithms: algorithmsOf(party, metadata), now: party.now(), tolerance: party.clockTolerance,
    nonce, code, state, ...(access_token !== undefined && { access_token }), ...(max_age !== undefined && { max_age }),
  }, metadata, 'callback', signaturesOf(party))
  accept(decideRequiredHashes(claims, requiredHashesOf(accepted)), 'callback')
  return claims
}
