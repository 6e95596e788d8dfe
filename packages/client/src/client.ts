import type { LogoutTokenClaims, PendingAuthorization, ServerMetadata, TokenIntrospection, UserinfoClaims } from '@latchkey/core/relying-party'
import type { AuthorizationUrl } from './authorization.ts'
import type { RequestSigner } from './carried-request.ts'
import { device, type DeviceAuthorization, type DeviceOptions } from './device.ts'
import { endSessionUrl, type EndSessionOptions } from './end-session.ts'
import { clientCredentials, exchangeToken, grant, jwtBearer, refresh, type ScopedRequest, type TokenExchange } from './grants.ts'
import { hybridAuthorizationUrl, hybridCallback, type AuthorizationResponse, type HybridOptions } from './hybrid.ts'
import { judgeLogoutToken } from './logout-token.ts'
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
  /** A token for another one. @spec RFC 8693 §2.1 */
  exchangeToken(exchange: TokenExchange): Promise<TokenSet>
  /** A token for an assertion of an issuer that this one trusts. @spec RFC 7523 §2.1 */
  jwtBearer(assertion: string, options?: ScopedRequest): Promise<TokenSet>
  /** Gives tokens back: of a token set the refresh token, or the access token when it has none. @spec RFC 7009 §2.1 */
  revoke(token: TokenSet | string, options?: NamedToken): Promise<void>
  /** What the issuer says about a token. @spec RFC 7662 §2.1 */
  introspect(token: TokenSet | string, options?: NamedToken): Promise<TokenIntrospection>
  /** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. */
  endSessionUrl(options?: EndSessionOptions): Promise<URL | undefined>
  /** Whose sessions the issuer ends by a logout token, which is judged, signature included. Whether its `jti` came before is for you to know. */
  judgeLogoutToken(logout_token: string, options?: Abortable): Promise<LogoutTokenClaims>
}

/** What a client needs to know of itself and its issuer, and how its authorization requests travel. */
export interface CreateClientOptions extends ClientOptions {
  /** When authorization requests are pushed: where the issuer requires it, which is the default, always, or never. @spec RFC 9126 */
  readonly par?: 'auto' | 'always' | 'never'
  /** Signs authorization requests; made by `signedRequests`. @spec RFC 9101 */
  readonly signRequest?: RequestSigner
}

/** Makes a client. Nothing is sent until it is used. Throws `invalid_configuration` or `insecure_issuer`. */
export function createClient({ par, signRequest, ...options }: CreateClientOptions): Client {
  const party = createRelyingParty(options)
  const { issuer, clientId, discover } = party
  return {
    issuer, clientId, discover,
    authorizationUrl: options => hybridAuthorizationUrl(party, options, { par, signRequest }),
    callback: (response, pending, { signal } = {}) => hybridCallback(party, response, pending, signal),
    device: options => device(party, options),
    clientCredentials: options => clientCredentials(party, options),
    refresh: (tokens, options) => refresh(party, tokens, options),
    userinfo: (tokens, { signal } = {}) => userinfo(party, tokens, signal),
    grant: (grant_type, parameters, { signal } = {}) => grant(party, grant_type, parameters, signal),
    exchangeToken: exchange => exchangeToken(party, exchange),
    jwtBearer: (assertion, options) => jwtBearer(party, assertion, options),
    revoke: (token, options) => revoke(party, token, options),
    introspect: (token, options) => introspect(party, token, options),
    endSessionUrl: options => endSessionUrl(party, options),
    judgeLogoutToken: (logout_token, { signal } = {}) => judgeLogoutToken(party, logout_token, signal),
  }
}
