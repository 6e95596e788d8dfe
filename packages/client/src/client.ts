import {
  authorizationRequest, decideAuthorizationResponse, decideUserinfo, type IdTokenClaims, type PendingAuthorization, type ServerMetadata, type UserinfoClaims,
} from '@latchkey/core/relying-party'
import { allowInsecureRequests, customFetch, generateRandomCodeVerifier, generateRandomNonce, generateRandomState, userInfoRequest } from 'oauth4webapi'
import { AuthError, type AuthPhase } from './auth-error.ts'
import { none, type ClientAuth } from './client-auth.ts'
import { rememberMetadata, requireIssuer } from './discovery.ts'
import { exchange, type Answer } from './exchange.ts'
import { requireIdToken, type SignatureVerifier } from './id-token-check.ts'
import { accept } from './refused.ts'
import { endpointOf, refusedBy, requestTokens, type Granted, type GrantParameters } from './token-endpoint.ts'
import { codeChallengeOf } from './token-hashes.ts'
import { tokenSetOf, type TokenSet } from './token-set.ts'

/** What a client needs to know of itself and its issuer. */
export interface ClientOptions {
  /** Exactly as the issuer's discovery document states it. */
  readonly issuer: string
  readonly clientId: string
  /** How the client proves itself; a public client by default. */
  readonly clientAuth?: ClientAuth
  /** Algorithms that the issuer may sign ID Tokens with. */
  readonly idTokenAlgorithms?: readonly string[]
  /** Verifies signatures of ID Tokens. Without it they are taken only straight from the token endpoint, where TLS vouches for them. */
  readonly verifySignature?: SignatureVerifier
  /** Seconds that the issuer's clock and this one may differ; 30 by default. */
  readonly clockTolerance?: number
  /** Seconds that a user may take between {@link Client.authorizationUrl} and {@link Client.callback}; an hour by default. */
  readonly authorizationLifetime?: number
  /** Seconds for one request, to the last byte of its answer; 10 by default. */
  readonly timeout?: number
  /** Permits plain http beyond loopback. For closed test networks only: every token can be read on the way. */
  readonly allowInsecureIssuer?: boolean
  readonly fetch?: typeof fetch
  /** Seconds since the epoch. */
  readonly now?: () => number
}

/** What can be asked for at the authorization endpoint. */
export interface AuthorizationOptions {
  readonly redirectUri: string
  /** Space-separated; `openid` by default. */
  readonly scope?: string
  readonly resource?: string | readonly string[]
  /** Seconds since the user last signed in with the issuer. */
  readonly maxAge?: number
  /** Further parameters by their registered names, such as `prompt` or `login_hint`. */
  readonly extra?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Which part of what was granted a token is for. */
export interface ScopedRequest {
  readonly scope?: string
  readonly resource?: string | readonly string[]
  readonly signal?: AbortSignal
}

/** A relying party of one issuer. Every method throws an `AuthError`. */
export interface Client {
  readonly issuer: string
  readonly clientId: string
  /** The issuer's metadata, fetched once and kept. */
  discover(signal?: AbortSignal): Promise<ServerMetadata>
  /** Where to send the user, and what to keep until the response arrives. */
  authorizationUrl(options: AuthorizationOptions): Promise<{ readonly url: URL; readonly pending: PendingAuthorization }>
  /** Judges the response to an authorization request and redeems its code. Nothing is sent before state and issuer are known to be right. */
  callback(response: URL | URLSearchParams, pending: PendingAuthorization, options?: { readonly signal?: AbortSignal }): Promise<TokenSet>
  /** A token for the client itself. @spec RFC 6749 §4.4 */
  clientCredentials(options?: ScopedRequest): Promise<TokenSet>
  /** New tokens for old; what the issuer leaves out stays as it was. Throws `invalid_grant` when the refresh token is spent. @spec RFC 6749 §6 */
  refresh(tokens: TokenSet, options?: ScopedRequest): Promise<TokenSet>
  /** What the issuer tells about the user of these tokens, who must be the user of their ID Token. */
  userinfo(tokens: TokenSet, options?: { readonly signal?: AbortSignal }): Promise<UserinfoClaims>
  /** Tokens by any other grant type; an ID Token that comes with them is judged. */
  grant(grant_type: string, parameters: GrantParameters, options?: { readonly signal?: AbortSignal }): Promise<TokenSet>
  /** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. @spec OpenID Connect RP-Initiated Logout §2 */
  endSessionUrl(options?: { readonly tokens?: TokenSet; readonly postLogoutRedirectUri?: string; readonly state?: string; readonly signal?: AbortSignal }): Promise<URL | undefined>
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512']

/** Makes a client. Nothing is sent until it is used. Throws `invalid_configuration` or `insecure_issuer`. */
export function createClient(options: ClientOptions): Client {
  const { issuer, clientId, clientAuth = none(), verifySignature, clockTolerance = 30, authorizationLifetime = 3600, timeout = 10, allowInsecureIssuer = false } = options
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const algorithms = options.idTokenAlgorithms ?? ALGORITHMS
  requireIssuer({ issuer, allowInsecureIssuer })
  if (clientId === '') throw new AuthError('`clientId` is empty', { code: 'invalid_configuration', phase: 'config' })
  const discover = rememberMetadata({ issuer, allowInsecureIssuer, fetch, timeout }, now)
  const common = { issuer, client_id: clientId, algorithms, tolerance: clockTolerance }

  const request = async (grant_type: string, parameters: GrantParameters, phase: AuthPhase, signal?: AbortSignal): Promise<Granted & { sentAt: number; metadata: ServerMetadata }> => {
    const metadata = await discover(signal)
    const sentAt = now()
    return { metadata, sentAt, ...await requestTokens(metadata, grant_type, parameters, phase, { clientId, clientAuth, fetch, timeout }, signal) }
  }
  const assemble = (granted: Granted & { sentAt: number }, claims?: IdTokenClaims, previous?: TokenSet): TokenSet =>
    tokenSetOf(granted.response, { issuer, clientId, sentAt: granted.sentAt, claims, previous })
  const requireOwn = (from: { readonly issuer: string; readonly clientId: string }, phase: AuthPhase): void => {
    if (from.issuer === issuer && from.clientId === clientId) return
    throw new AuthError('these belong to another issuer or client and were not sent', { code: 'token_of_another_issuer', phase })
  }
  /** The issuer's time when its answer tells it, so that a device with a wrong clock can sign in. */
  const timeOf = ({ headers }: Answer): number => {
    const told = Math.floor(Date.parse(headers.get('date') ?? '') / 1000)
    return Number.isNaN(told) || Math.abs(told - now()) <= clockTolerance ? now() : told
  }

  return {
    issuer,
    clientId,
    discover,

    async authorizationUrl({ redirectUri, scope = 'openid', resource, maxAge, extra, signal }) {
      const metadata = await discover(signal)
      const url = new URL(endpointOf(metadata, 'authorization_endpoint', 'authorize'))
      const code_verifier = generateRandomCodeVerifier()
      const { parameters, pending } = authorizationRequest({
        issuer, client_id: clientId, redirect_uri: redirectUri, scope, now: now(),
        state: generateRandomState(), nonce: generateRandomNonce(), code_verifier, code_challenge: await codeChallengeOf(code_verifier),
        ...(resource !== undefined && { resource: [resource].flat() }),
        ...(maxAge !== undefined && { max_age: maxAge }),
        ...(extra && { extra }),
      })
      for (const [name, value] of parameters) url.searchParams.append(name, value)
      return { url, pending }
    },

    async callback(response, pending, { signal } = {}) {
      requireOwn({ issuer: pending.issuer, clientId: pending.client_id }, 'callback')
      const metadata = await discover(signal)
      const { code } = accept(decideAuthorizationResponse(response instanceof URL ? response.searchParams : response, {
        pending, now: now(), lifetime: authorizationLifetime, issIsAdvertised: metadata['authorization_response_iss_parameter_supported'] === true,
      }), 'callback')
      const { redirect_uri, code_verifier, nonce, max_age, state, scope, resource } = pending
      const granted = await request('authorization_code', { code, redirect_uri, code_verifier, resource }, 'callback', signal)
      const { id_token, access_token } = granted.response
      if (id_token === undefined) {
        if (nonce === undefined) return withScope(assemble(granted), scope)
        throw new AuthError('the token response carries no ID Token', { code: 'id_token_missing', phase: 'callback' })
      }
      const claims = await requireIdToken(id_token, {
        ...common, now: timeOf(granted.answer), access_token, code, state,
        ...(nonce !== undefined && { nonce }),
        ...(max_age !== undefined && { max_age }),
      }, metadata, 'callback', verifySignature)
      return withScope(assemble(granted, claims), scope)
    },

    async clientCredentials({ scope, resource, signal } = {}) {
      return assemble(await request('client_credentials', { scope, resource }, 'token', signal))
    },

    async refresh(tokens, { scope, resource, signal } = {}) {
      requireOwn(tokens, 'refresh')
      const { refreshToken, claims: previous } = tokens
      if (refreshToken === undefined) {
        throw new AuthError('there is no refresh token', { code: 'refresh_token_missing', phase: 'refresh', hint: 'Ask for the scope `offline_access`, or sign in again.' })
      }
      const granted = await request('refresh_token', { refresh_token: refreshToken, scope, resource }, 'refresh', signal)
      const { id_token, access_token } = granted.response
      const claims = id_token === undefined ? undefined : await requireIdToken(id_token, {
        ...common, now: timeOf(granted.answer), access_token, ...(previous && { previous }),
      }, granted.metadata, 'refresh', verifySignature)
      return withScope(assemble(granted, claims, tokens), scope ?? tokens.accessToken.scope.join(' '))
    },

    async userinfo(tokens, { signal } = {}) {
      requireOwn(tokens, 'resource')
      if (tokens.claims === undefined) throw new AuthError('there is no ID Token to compare the user with', { code: 'id_token_missing', phase: 'resource' })
      const metadata = await discover(signal)
      const server = { issuer, userinfo_endpoint: endpointOf(metadata, 'userinfo_endpoint', 'resource') }
      const answer = await exchange((fetch, signal) => userInfoRequest(server, { client_id: clientId }, tokens.accessToken.token, {
        [allowInsecureRequests]: true, [customFetch]: (url, init) => fetch(url, { method: init.method, headers: init.headers, signal }), signal,
      }), 'resource', { fetch, timeout }, signal)
      if (!answer.ok) throw refusedBy(answer, 'resource')
      return accept(decideUserinfo(answer.body, tokens.claims.sub), 'resource').claims
    },

    async grant(grant_type, parameters, { signal } = {}) {
      const granted = await request(grant_type, parameters, 'token', signal)
      const { id_token, access_token } = granted.response
      if (id_token === undefined) return assemble(granted)
      return assemble(granted, await requireIdToken(id_token, { ...common, now: timeOf(granted.answer), access_token }, granted.metadata, 'token', verifySignature))
    },

    async endSessionUrl({ tokens, postLogoutRedirectUri, state, signal } = {}) {
      if (tokens !== undefined) requireOwn(tokens, 'logout')
      const { end_session_endpoint } = await discover(signal)
      if (end_session_endpoint === undefined) return undefined
      const url = new URL(end_session_endpoint)
      url.searchParams.set('client_id', clientId)
      if (tokens?.idToken !== undefined) url.searchParams.set('id_token_hint', tokens.idToken)
      if (postLogoutRedirectUri !== undefined) url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
      if (state !== undefined) url.searchParams.set('state', state)
      return url
    },
  }
}

/** A response that names no scope grants the one that was asked for. @spec RFC 6749 §5.1 */
function withScope(tokens: TokenSet, asked: string | undefined): TokenSet {
  if (tokens.accessToken.scope.length > 0 || asked === undefined) return tokens
  return { ...tokens, accessToken: { ...tokens.accessToken, scope: asked.split(' ').filter(one => one !== '') } }
}
