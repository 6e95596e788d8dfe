import { authError } from './auth-error.ts'
import { assemble, judgeIdToken, obtain, requireOwn, type RelyingParty } from './relying-party.ts'
import type { GrantParameters } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** Which part of what was granted a token is for. */
export interface ScopedRequest {
  readonly scope?: string | undefined
  readonly resource?: string | readonly string[] | undefined
  readonly signal?: AbortSignal
}

/** A token for the client itself. @spec RFC 6749 §4.4 */
export async function clientCredentials(party: RelyingParty, { scope, resource, signal }: ScopedRequest = {}): Promise<TokenSet> {
  return assemble(party, await obtain(party, 'client_credentials', { scope, resource }, 'token', signal))
}

/** New tokens for old; what the issuer leaves out stays as it was. Throws `invalid_grant` when the refresh token is spent. @spec RFC 6749 §6 */
export async function refresh(party: RelyingParty, tokens: TokenSet, { scope, resource, signal }: ScopedRequest = {}): Promise<TokenSet> {
  requireOwn(tokens, party, 'refresh')
  const { refreshToken, claims: previous } = tokens
  if (refreshToken === undefined) throw authError('refresh_token_missing', 'refresh', { hint: 'ask for the scope offline_access' })
  const obtained = await obtain(party, 'refresh_token', { refresh_token: refreshToken, scope, resource }, 'refresh', signal, scope ?? tokens.accessToken.scope.join(' '))
  const claims = await judgeIdToken(party, obtained, { previous }, 'refresh')
  return assemble(party, obtained, claims, tokens)
}

/** Tokens by any other grant type; an ID Token that comes with them is judged. */
export async function grant(party: RelyingParty, grant_type: string, parameters: GrantParameters, signal?: AbortSignal): Promise<TokenSet> {
  const obtained = await obtain(party, grant_type, parameters, 'token', signal)
  return assemble(party, obtained, await judgeIdToken(party, obtained, {}, 'token'))
}

/** A token to be exchanged, and for what. Token types are URIs, such as `urn:ietf:params:oauth:token-type:access_token`. */
export interface TokenExchange extends ScopedRequest {
  readonly subjectToken: string
  /** An access token by default. */
  readonly subjectTokenType?: string
  /** Who acts for the subject. */
  readonly actorToken?: string
  readonly actorTokenType?: string
  readonly requestedTokenType?: string
  readonly audience?: string | readonly string[]
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/** A token for another one. @spec RFC 8693 §2.1 */
export function exchangeToken(party: RelyingParty, { subjectToken, subjectTokenType = ACCESS_TOKEN, actorToken, actorTokenType, requestedTokenType, audience, scope, resource, signal }: TokenExchange): Promise<TokenSet> {
  return grant(party, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: subjectToken, subject_token_type: subjectTokenType,
    actor_token: actorToken, actor_token_type: actorToken === undefined ? undefined : actorTokenType ?? ACCESS_TOKEN,
    requested_token_type: requestedTokenType, audience, scope, resource,
  }, signal)
}

/** A token for an assertion of an issuer that this one trusts. @spec RFC 7523 §2.1 */
export function jwtBearer(party: RelyingParty, assertion: string, { scope, resource, signal }: ScopedRequest = {}): Promise<TokenSet> {
  return grant(party, 'urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion, scope, resource }, signal)
}
