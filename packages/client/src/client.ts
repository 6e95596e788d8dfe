import type { PendingAuthorization, ServerMetadata, TokenIntrospection, UserinfoClaims } from '@latchkey/core/relying-party'
import type { AuthorizationUrl } from './authorization.ts'
import { device, type DeviceAuthorization, type DeviceOptions } from './device.ts'
import { endSessionUrl, type EndSessionOptions } from './end-session.ts'
import { clientCredentials, grant, refresh, type ScopedRequest } from './grants.ts'
import { hybridAuthorizationUrl, hybridCallback, type AuthorizationResponse, type HybridOptions } from './hybrid.ts'
import { createRelyingParty, type ClientOptions } from './relying-party.ts'
import type { GrantParameters } from './token-endpoint.ts'
import { introspect, revoke, type NamedToken } from './token-management.ts'
import type { TokenSet } from './token-set.ts'
import { userinfo } from './userinfo.ts'

/** An end to waiting. */
export interface Abortable {
  readonly signal?: AbortSignal
}

/** A relying party of one issuer. Every method throws an `AuthError`. */
export interface Client {
  readonly issuer: string
  readonly clientId: string
  /** The issuer's metadata, fetched once and kept. */
  discover(signal?: AbortSignal): Promise<ServerMetadata>
  /** Where to send the user, and what to keep until the response arrives. */
  authorizationUrl(options: HybridOptions): Promise<AuthorizationUrl>
  /**
   * Judges the response to an authorization request and redeems its code. Nothing is sent before state and issuer are known to be right,
   * and the code of a hybrid response leaves only after its ID Token, signature included, has vouched for it.
   */
  callback(response: AuthorizationResponse, pending: PendingAuthorization, options?: Abortable): Promise<TokenSet>
  /** Asks for a sign-in on another device, whose `poll` brings the tokens. @spec RFC 8628 §3.1 */
  device(options?: DeviceOptions): Promise<DeviceAuthorization>
  /** A token for the client itself. @spec RFC 6749 §4.4 */
  clientCredentials(options?: ScopedRequest): Promise<TokenSet>
  /** New tokens for old; what the issuer leaves out stays as it was. Throws `invalid_grant` when the refresh token is spent. @spec RFC 6749 §6 */
  refresh(tokens: TokenSet, options?: ScopedRequest): Promise<TokenSet>
  /** What the issuer tells about the user of these tokens, who must be the user of their ID Token. */
  userinfo(tokens: TokenSet, options?: Abortable): Promise<UserinfoClaims>
  /** Tokens by any other grant type; an ID Token that comes with them is judged. */
  grant(grant_type: string, parameters: GrantParameters, options?: Abortable): Promise<TokenSet>
  /** Gives tokens back: of a token set the refresh token, or the access token when it has none. @spec RFC 7009 §2.1 */
  revoke(token: TokenSet | string, options?: NamedToken): Promise<void>
  /** What the issuer says about a token. @spec RFC 7662 §2.1 */
  introspect(token: TokenSet | string, options?: NamedToken): Promise<TokenIntrospection>
  /** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. */
  endSessionUrl(options?: EndSessionOptions): Promise<URL | undefined>
}

/** Makes a client. Nothing is sent until it is used. Throws `invalid_configuration` or `insecure_issuer`. */
export function createClient(options: ClientOptions): Client {
  const party = createRelyingParty(options)
  const { issuer, clientId, discover } = party
  return {
    issuer, clientId, discover,
    authorizationUrl: options => hybridAuthorizationUrl(party, options),
    callback: (response, pending, { signal } = {}) => hybridCallback(party, response, pending, signal),
    device: options => device(party, options),
    clientCredentials: options => clientCredentials(party, options),
    refresh: (tokens, options) => refresh(party, tokens, options),
    userinfo: (tokens, { signal } = {}) => userinfo(party, tokens, signal),
    grant: (grant_type, parameters, { signal } = {}) => grant(party, grant_type, parameters, signal),
    revoke: (token, options) => revoke(party, token, options),
    introspect: (token, options) => introspect(party, token, options),
    endSessionUrl: options => endSessionUrl(party, options),
  }
}
