import { decideTokenResponse, type AcceptedTokenResponse, type IdTokenClaims, type ServerMetadata } from '@latchkey/core/relying-party'
import { authError, type AuthPhase } from './auth-error.ts'
import { none, type ClientAuth } from './client-auth.ts'
import type { Dpop } from './dpop.ts'
import { rememberMetadata, requireIssuer } from './discovery.ts'
import type { Answer, ExchangeOptions } from './exchange.ts'
import { requireIdToken, type IdTokenContext, type SignatureVerifier } from './id-token-check.ts'
import { accept } from './refused.ts'
import { submit, type GrantParameters } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** What a client needs to know of itself and its issuer. */
export interface ClientOptions {
  /** Exactly as the issuer's discovery document states it. */
  readonly issuer: string
  readonly clientId: string
  /** How the client proves itself; a public client by default. */
  readonly clientAuth?: ClientAuth
  /** Binds tokens to a key, made by `createDpop`; tokens that are not bound are refused. @spec RFC 9449 §5 */
  readonly dpop?: Dpop
  /** Algorithms that the issuer may sign ID Tokens with. */
  readonly idTokenAlgorithms?: readonly string[]
  /** Verifies signatures of ID Tokens. Without it they are taken only straight from the token endpoint, where TLS vouches for them. */
  readonly verifySignature?: SignatureVerifier
  /** Seconds that the issuer's clock and this one may differ; 30 by default. */
  readonly clockTolerance?: number
  /** Seconds that a user may take between asking and answering; an hour by default. */
  readonly authorizationLifetime?: number
  /** Seconds for one request, to the last byte of its answer; 10 by default. */
  readonly timeout?: number
  /** Permits plain http beyond loopback. For closed test networks only: every token can be read on the way. */
  readonly allowInsecureIssuer?: boolean
  readonly fetch?: typeof fetch
  /** Seconds since the epoch. */
  readonly now?: () => number
}

/** A client and its issuer, ready to be used by the functions that each do one thing. */
export interface RelyingParty extends ExchangeOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientAuth: ClientAuth
  readonly dpop?: Dpop
  readonly idTokenAlgorithms: readonly string[]
  readonly verifySignature?: SignatureVerifier
  readonly allowInsecureIssuer: boolean
  readonly clockTolerance: number
  readonly authorizationLifetime: number
  readonly now: () => number
  readonly discover: (signal?: AbortSignal) => Promise<ServerMetadata>
}

/** A grant, and what is needed to judge it. */
export interface Obtained {
  readonly response: AcceptedTokenResponse
  /** What the response came in. */
  readonly answer: Answer
  readonly metadata: ServerMetadata
  /** Seconds since the epoch at which the request left. */
  readonly sentAt: number
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512']

/** Makes a relying party. Nothing is sent until it is used. Throws `invalid_configuration` or `insecure_issuer`. */
export function createRelyingParty(options: ClientOptions): RelyingParty {
  const party = {
    timeout: 10, clockTolerance: 30, authorizationLifetime: 3600, allowInsecureIssuer: false, idTokenAlgorithms: ALGORITHMS, clientAuth: none(),
    fetch: ((input, init) => globalThis.fetch(input, init)) as typeof fetch,
    now: () => Math.floor(Date.now() / 1000),
    ...options,
  }
  requireIssuer(party)
  if (options.clientId === '') throw authError('invalid_configuration', 'config', { hint: 'clientId' })
  return { ...party, discover: rememberMetadata(party) }
}

/** Throws unless tokens, or a sign-in under way, belong to this issuer and client. */
export function requireOwn(from: { readonly issuer: string; readonly clientId: string }, { issuer, clientId }: RelyingParty, phase: AuthPhase): void {
  if (from.issuer === issuer && from.clientId === clientId) return
  throw authError('token_of_another_issuer', phase)
}

/** Asks the issuer's token endpoint for tokens by any grant type; a response that names no scope grants the one that was asked for. */
export async function obtain(
  party: RelyingParty, grant_type: string, parameters: GrantParameters, phase: AuthPhase, signal?: AbortSignal, asked = parameters['scope'],
): Promise<Obtained> {
  const metadata = await party.discover(signal)
  const sentAt = party.now()
  const answer = await submit(metadata, 'token_endpoint', { grant_type, ...parameters }, phase, party, signal)
  const response = accept(decideTokenResponse(answer.body, { token_type: party.dpop === undefined ? 'Bearer' : 'DPoP', scope: String(asked ?? '') }), phase)
  return { metadata, sentAt, answer, response }
}

/** Puts together what was obtained; what a refresh leaves out stays as it was. */
export function assemble(party: RelyingParty, { response, sentAt }: Obtained, claims?: IdTokenClaims, previous?: TokenSet): TokenSet {
  const { issuer, clientId } = party
  const { access_token: token, token_type: type, expires_in, scope, refresh_token, id_token } = response
  return {
    ...previous,
    issuer,
    clientId,
    accessToken: {
      token, type, scope,
      // From when the request left, so that a slow answer never makes a token look younger.
      expiresAt: expires_in === undefined ? Number.MAX_SAFE_INTEGER : sentAt + expires_in,
    },
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(id_token !== undefined && { idToken: id_token }),
    ...(claims !== undefined && { claims }),
  }
}

/** Judges the ID Token that was obtained; `undefined` when there is none. */
export async function judgeIdToken(
  party: RelyingParty, { response, answer, metadata }: Obtained, context: Pick<IdTokenContext, 'nonce' | 'max_age' | 'previous' | 'code' | 'state'>, phase: AuthPhase,
): Promise<IdTokenClaims | undefined> {
  const { id_token, access_token } = response
  if (id_token === undefined) return undefined
  const { issuer, clientId, idTokenAlgorithms, clockTolerance, verifySignature } = party
  return requireIdToken(id_token, {
    issuer, client_id: clientId, algorithms: idTokenAlgorithms, tolerance: clockTolerance, now: timeOf(answer, party), access_token, ...context,
  }, metadata, phase, verifySignature)
}

/** The issuer's time when its answer tells it, so that a device with a wrong clock can sign in. */
function timeOf({ headers }: Answer, { now, clockTolerance }: RelyingParty): number {
  const told = Math.floor(Date.parse(headers.get('date') ?? '') / 1000)
  return Number.isNaN(told) || Math.abs(told - now()) <= clockTolerance ? now() : told
}
