import { isHybrid, type HybridResponseType, type PendingAuthorization, type RequestedResponseMode } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { authorizationUrl, callback, type AuthorizationOptions, type AuthorizationUrl } from './authorization.ts'
import { carriedRequest, type RequestCarriage } from './carried-request.ts'
import { readParameters, type AuthorizationResponse } from './response-parameters.ts'
import type { RelyingParty } from './relying-party.ts'
import type { TokenSet } from './token-set.ts'

export type { AuthorizationResponse } from './response-parameters.ts'

/** What can be asked for at the authorization endpoint, an ID Token beside the code included. */
export interface HybridOptions extends AuthorizationOptions {
  /** `code` by default. `code token` is not offered: nothing would vouch for the access token. */
  readonly responseType?: 'code' | HybridResponseType
  /** How the response comes back: by default in the query, and in the fragment when an ID Token comes with the code. With `jwt` it is signed. */
  readonly responseMode?: RequestedResponseMode
}

/** Begins a sign-in by code and PKCE, in which an ID Token may come beside the code. @spec OpenID Connect Core §3.3.2.1, RFC 9449 §10 */
export async function hybridAuthorizationUrl(party: RelyingParty, { responseType = 'code', responseMode, ...options }: HybridOptions, carriage: RequestCarriage = {}): Promise<AuthorizationUrl> {
  const isPlain = responseType === 'code'
  if (!isPlain && (responseMode === 'query' || responseMode === 'query.jwt')) throw authError('invalid_configuration', 'config', { hint: 'an ID Token must not be in the query' })
  if (!isPlain && options.scope?.split(' ').includes('openid') === false) throw authError('invalid_configuration', 'config', { hint: 'an ID Token needs the scope openid' })
  const extra = { ...(party.dpop !== undefined && { dpop_jkt: await party.dpop.thumbprint() }), ...options.extra }
  const begun = await authorizationUrl(party, { ...options, extra }, { ...(!isPlain && { response_type: responseType }), ...(responseMode !== undefined && { response_mode: responseMode }) })
  return carriedRequest(party, begun, { ...carriage, signal: options.signal })
}

/** Judges the response to an authorization request, and the ID Token in it if one was asked for, before its code is redeemed. */
export async function hybridCallback(party: RelyingParty, response: AuthorizationResponse, pending: PendingAuthorization, signal?: AbortSignal): Promise<TokenSet> {
  const sent = await readParameters(response, pending, party, signal)
  // Most clients ask neither for a signed response nor for an ID Token beside the code, and need not load what verifies signatures.
  const parameters = pending.response_mode?.endsWith('jwt') === true ? await import('./jwt-response.ts').then(({ signedParameters }) => signedParameters(party, sent, pending, signal)) : sent
  if (!isHybrid(pending)) return callback(party, parameters, pending, signal)
  const { frontChannelCallback } = await import('./front-channel.ts')
  return frontChannelCallback(party, parameters, pending, signal)
}
