import type { PendingAuthorization, ServerMetadata, UserinfoClaims } from '@latchkey/core/relying-party'
import { authorizationUrl, callback, type AuthorizationOptions, type AuthorizationUrl } from './authorization.ts'
import { endSessionUrl, type EndSessionOptions } from './end-session.ts'
import { clientCredentials, grant, refresh, type ScopedRequest } from './grants.ts'
import { createRelyingParty, type ClientOptions } from './relying-party.ts'
import type { GrantParameters } from './token-endpoint.ts'
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
  authorizationUrl(options: AuthorizationOptions): Promise<AuthorizationUrl>
  /** Judges the response to an authorization request and redeems its code. Nothing is sent before state and issuer are known to be right. */
  callback(response: URL | URLSearchParams, pending: PendingAuthorization, options?: Abortable): Promise<TokenSet>
  /** A token for the client itself. @spec RFC 6749 §4.4 */
  clientCredentials(options?: ScopedRequest): Promise<TokenSet>
  /** New tokens for old; what the issuer leaves out stays as it was. Throws `invalid_grant` when the refresh token is spent. @spec RFC 6749 §6 */
  refresh(tokens: TokenSet, options?: ScopedRequest): Promise<TokenSet>
  /** What the issuer tells about the user of these tokens, who must be the user of their ID Token. */
  userinfo(tokens: TokenSet, options?: Abortable): Promise<UserinfoClaims>
  /** Tokens by any other grant type; an ID Token that comes with them is judged. */
  grant(grant_type: string, parameters: GrantParameters, options?: Abortable): Promise<TokenSet>
  /** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. */
  endSessionUrl(options?: EndSessionOptions): Promise<URL | undefined>
}

/** Makes a client. Nothing is sent until it is used. Throws `invalid_configuration` or `insecure_issuer`. */
export function createClient(options: ClientOptions): Client {
  const party = createRelyingParty(options)
  const { issuer, clientId, discover } = party
  return {
    issuer, clientId, discover,
    authorizationUrl: options => authorizationUrl(party, options),
    callback: (response, pending, { signal } = {}) => callback(party, response, pending, signal),
    clientCredentials: options => clientCredentials(party, options),
    refresh: (tokens, options) => refresh(party, tokens, options),
    userinfo: (tokens, { signal } = {}) => userinfo(party, tokens, signal),
    grant: (grant_type, parameters, { signal } = {}) => grant(party, grant_type, parameters, signal),
    endSessionUrl: options => endSessionUrl(party, options),
  }
}
