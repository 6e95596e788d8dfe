import { authorizationRequest, decideAuthorizationResponse, type HybridResponseType, type PendingAuthorization, type RequestedResponseMode } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { accept } from './refused.ts'
import { assemble, judgeIdToken, obtain, requireOwn, type RelyingParty } from './relying-party.ts'
import { endpointOf } from './token-endpoint.ts'
import { codeChallengeOf, encode } from './token-hashes.ts'
import type { TokenSet } from './token-set.ts'

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

/** Where to send the user, and what to keep until the response arrives. */
export interface AuthorizationUrl {
  readonly url: URL
  readonly pending: PendingAuthorization
}

/** What comes beside the code, and how the response comes back. */
export interface ResponseWish {
  readonly response_type?: HybridResponseType
  readonly response_mode?: RequestedResponseMode
}

/** Begins a sign-in by code and PKCE. */
export async function authorizationUrl(party: RelyingParty, { redirectUri, scope = 'openid', resource, maxAge, extra, signal }: AuthorizationOptions, wish: ResponseWish = {}): Promise<AuthorizationUrl> {
  const metadata = await party.discover(signal)
  const url = new URL(endpointOf(metadata, 'authorization_endpoint', 'authorize'))
  const code_verifier = random()
  const { parameters, pending } = authorizationRequest({
    issuer: party.issuer, client_id: party.clientId, redirect_uri: redirectUri, scope, now: party.now(), ...wish,
    state: random(), nonce: random(), code_verifier, code_challenge: await codeChallengeOf(code_verifier),
    resource: resource === undefined ? resource : [resource].flat(), max_age: maxAge, extra,
  })
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  return { url, pending }
}

/** Judges the response to an authorization request and redeems its code. Nothing is sent before state and issuer are known to be right. */
export async function callback(party: RelyingParty, response: URL | URLSearchParams, pending: PendingAuthorization, signal?: AbortSignal): Promise<TokenSet> {
  requireOwn({ issuer: pending.issuer, clientId: pending.client_id }, party, 'callback')
  const metadata = await party.discover(signal)
  const { code } = accept(decideAuthorizationResponse(response instanceof URL ? response.searchParams : response, {
    pending, now: party.now(), lifetime: party.authorizationLifetime, issIsAdvertised: metadata['authorization_response_iss_parameter_supported'] === true,
  }), 'callback')
  return redeem(party, code, pending, signal)
}

/** Redeems a code whose response was judged, and judges the ID Token that it brings. */
export async function redeem(party: RelyingParty, code: string, pending: PendingAuthorization, signal?: AbortSignal): Promise<TokenSet> {
  const { redirect_uri, code_verifier, scope, resource, issuer, client_id, createdAt, ...bound } = pending
  const obtained = await obtain(party, 'authorization_code', { code, redirect_uri, code_verifier, resource }, 'callback', signal, scope)
  const claims = await judgeIdToken(party, obtained, { code, ...bound }, 'callback')
  if (claims === undefined && bound.nonce !== undefined) throw authError('id_token_missing', 'callback')
  return assemble(party, obtained, claims)
}

function random(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)))
}
