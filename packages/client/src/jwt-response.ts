import { decideJwtResponse, type PendingAuthorization } from '@latchkey/core/relying-party'
import { algorithmsOf, requireSignature } from './issuer-signatures.ts'
import { accept } from './refused.ts'
import { requireOwn, type RelyingParty } from './relying-party.ts'

/** The parameters that the issuer signed, once its signature holds. @spec JARM §2.4 */
export async function signedParameters(party: RelyingParty, sent: URLSearchParams, pending: PendingAuthorization, signal?: AbortSignal): Promise<URLSearchParams> {
  requireOwn({ issuer: pending.issuer, clientId: pending.client_id }, party, 'callback')
  const metadata = await party.discover(signal)
  const { response, parameters } = accept(decideJwtResponse(sent, {
    issuer: party.issuer, client_id: party.clientId, now: party.now(), tolerance: party.clockTolerance,
    algorithms: algorithmsOf(party, metadata, 'authorization_signing_alg_values_supported'),
  }), 'callback')
  await requireSignature(party, response, metadata, 'callback')
  return new URLSearchParams(parameters.map(pair => [...pair]))
}
