import { isHybrid, type HybridResponseType, type PendingAuthorization, type ResponseMode } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { authorizationUrl, callback, type AuthorizationOptions, type AuthorizationUrl } from './authorization.ts'
import { readParameters, type AuthorizationResponse } from './response-parameters.ts'
import type { RelyingParty } from './relying-party.ts'
import type { TokenSet } from './token-set.ts'

export type { AuthorizationResponse } from './response-parameters.ts'

/** What can be asked for at the authorization endpoint, an ID Token beside the code included. */
export interface HybridOptions extends AuthorizationOptions {
  /** `code` by default. `code token` is not offered: nothing would vouch for the access token. */
  readonly responseType?: 'code' | HybridResponseType
  /** How the response comes back: by default in the query, and in the fragment when an ID Token comes with the code. */
  readonly responseMode?: ResponseMode
}

/** Begins a sign-in by code and PKCE, in which an ID Token may come beside the code. @spec OpenID Connect Core §3.3.2.1 */
export async function hybridAuthorizationUrl(party: RelyingParty, { responseType = 'code', responseMode, ...options }: HybridOptions): Promise<AuthorizationUrl> {
  const isPlain = responseType === 'code'
  if (!isPlain && responseMode === 'query') throw authError('invalid_configuration', 'config', { hint: 'an ID Token must not be in the query' })
  if (!isPlain && options.scope?.split(' ').includes('openid') === false) throw authError('invalid_configuration', 'config', { hint: 'an ID Token needs the scope openid' })
  const { url, pending } = await authorizationUrl(party, options)
  url.searchParams.set('response_type', responseType)
  if (responseMode !== undefined) url.searchParams.set('response_mode', responseMode)
  return { url, pending: { ...pending, ...(!isPlain && { response_type: responseType }), ...(responseMode !== undefined && { response_mode: responseMode }) } }
}

/** Judges the response to an authorization request, and the ID Token in it if one was asked for, before its code is redeemed. */
export async function hybridCallback(party: RelyingParty, response: AuthorizationResponse, pending: PendingAuthorization, signal?: AbortSignal): Promise<TokenSet> {
  const parameters = await readParameters(response, pending, party, signal)
  if (!isHybrid(pending)) return callback(party, parameters, pending, signal)
  // Most clients never ask for an ID Token beside the code, and need not load what verifies its signature.
  const { frontChannelCallback } = await import('./front-channel.ts')
  return frontChannelCallback(party, parameters, pending, signal)
}
