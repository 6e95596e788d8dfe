import { decideLogoutToken, type LogoutTokenClaims } from '@latchkey/core/relying-party'
import { algorithmsOf, requireSignature } from './issuer-signatures.ts'
import { accept } from './refused.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Judges a token by which the issuer ends sessions, signature included; answers whose. That its `jti` never came before is for whoever
 * remembers them to say.
 * @spec OpenID Connect Back-Channel Logout §2.6
 */
export async function judgeLogoutToken(party: RelyingParty, logout_token: string, signal?: AbortSignal): Promise<LogoutTokenClaims> {
  const metadata = await party.discover(signal)
  const { claims } = accept(decideLogoutToken(logout_token, {
    issuer: party.issuer, client_id: party.clientId, now: party.now(), tolerance: party.clockTolerance, algorithms: algorithmsOf(party, metadata),
  }), 'logout')
  await requireSignature(party, logout_token, metadata, 'logout')
  return claims
}
