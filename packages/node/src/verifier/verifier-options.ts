import { AuthError, type Client, type ClientAuth, createClient } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { objectionTo } from '../http/endpoint-url.ts'
import type { AccessTokenRules } from './access-token.ts'
import type { ConfirmationRules, FindCertificate } from './confirmation.ts'
import { createDpopNonces } from './dpop-nonce.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { memoryReplayStore, type ReplayStore } from './replay-store.ts'

/** A signature algorithm an access token may use: asymmetric ones only. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

const SIGNING_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

/** How proofs of possession are judged; times in seconds. */
export interface DpopVerifierOptions {
  /** Whether tokens that are not bound to a key are refused; false unless given. A token that is bound always needs its proof. */
  readonly required?: boolean
  /** Remembers proofs, so that each counts once; the memory of this process unless given, which is enough for one process. */
  readonly replay?: ReplayStore
  /** Has proofs carry a nonce of this server, so that none can be made in advance; all processes share the secret. A nonce is good for one to two lifetimes, of 300 unless given. */
  readonly nonce?: { readonly secret: string; readonly lifetime?: number }
  /** How old a proof may be; 60 unless given. */
  readonly maxAge?: number
  readonly algorithms?: readonly SigningAlgorithm[]
}

/** How the issuer is asked about tokens. @spec RFC 7662 */
export interface IntrospectionOptions {
  readonly clientId: string
  readonly clientAuth: ClientAuth
  /** About tokens that are no JWT, which is usual, or about all of them. */
  readonly when?: 'opaque' | 'always'
}

/** How access tokens are verified; all times in seconds. */
export interface VerifierOptions {
  /** The authorization server whose tokens are accepted, spelled as it spells itself. */
  readonly issuer: string
  /** This resource server's identifier, or several of which a token must name one. */
  readonly audience: string | readonly string[]
  /** Accepted signature algorithms; all asymmetric ones unless given. */
  readonly algorithms?: readonly SigningAlgorithm[]
  /** Where the keys are; found by discovery unless given. */
  readonly jwksUri?: string
  /** How long fetched keys are used before they are fetched again; 600 unless given. */
  readonly jwksMaxAge?: number
  /** The least time between two fetches caused by keys nobody knows; 10 unless given. */
  readonly jwksCooldown?: number
  /** How far the clocks of issuer and resource server may differ; 5 unless given. */
  readonly clockTolerance?: number
  /** The URL of this resource server's metadata, named in challenges. @spec RFC 9728 §5.1 */
  readonly resourceMetadata?: string
  /** How DPoP proofs are judged; and challenges speak of DPoP when this is given. @spec RFC 9449 §7 */
  readonly dpop?: DpopVerifierOptions
  /** Asks the issuer about tokens that say nothing by themselves; without it they are refused. */
  readonly introspection?: IntrospectionOptions
  /** Finds the certificate of a request's client; without it tokens that are bound to one are refused. @spec RFC 8705 §3 */
  readonly clientCertificate?: FindCertificate
  /** The origin that clients know this server by, against which proofs are compared; that of the request unless given, which is wrong behind a proxy. */
  readonly origin?: string
  /** Permits an `http:` issuer beyond loopback, whose keys anyone on the way can replace. */
  readonly allowInsecureIssuer?: boolean
  /** How long one request to the issuer may take; 5 unless given. */
  readonly timeout?: number
  /** Sends the requests to the issuer; the global `fetch` unless given. */
  readonly fetch?: typeof fetch
  /** Tells the time, in seconds since 1970; the system's clock unless given. */
  readonly now?: () => number
}

/** What a verifier works with, once its options were found usable. */
export interface VerifierParts {
  readonly rules: AccessTokenRules
  readonly keys: IssuerKeys
  readonly resourceMetadata: string | undefined
  readonly confirmation: ConfirmationRules
  readonly asking: { readonly client: Client; readonly when: 'opaque' | 'always' } | undefined
}

/** Reads the options, and throws for those that cannot be right. */
export function parseVerifierOptions(options: VerifierOptions): VerifierParts {
  const { issuer, algorithms = SIGNING_ALGORITHMS, jwksUri, resourceMetadata, allowInsecureIssuer: allowInsecure = false } = options
  const audience = typeof options.audience === 'string' ? [options.audience] : options.audience
  const now = options.now ?? (() => Date.now() / 1000)
  const clockTolerance = seconds('clockTolerance', options.clockTolerance, 5)

  refuseUrl('issuer', issuer, true)
  if (objectionTo(issuer, { allowInsecure }) !== undefined) {
    throw new AuthError('the issuer is not https', { code: 'insecure_issuer', phase: 'config', hint: 'Plain http is allowed on loopback only. For a closed test network there is `allowInsecureIssuer`.' })
  }
  if (jwksUri !== undefined) refuseUrl('jwksUri', jwksUri, allowInsecure)
  if (resourceMetadata !== undefined) refuseUrl('resourceMetadata', resourceMetadata, true)
  if (!Array.isArray(audience) || audience.length === 0 || audience.includes('')) throw configError('audience names no resource server')
  refuseAlgorithms('algorithms', algorithms)

  const keys = createIssuerKeys({
    issuer,
    jwksUri,
    allowInsecure,
    now,
    maxAge: seconds('jwksMaxAge', options.jwksMaxAge, 600),
    cooldown: seconds('jwksCooldown', options.jwksCooldown, 10),
    timeout: seconds('timeout', options.timeout, 5),
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  })
  return {
    rules: { issuer, audience, algorithms, clockTolerance, now },
    keys,
    resourceMetadata: resourceMetadata && new URL(resourceMetadata).href,
    confirmation: { dpop: parseDpop(options, clockTolerance, now), certificate: options.clientCertificate },
    asking: parseIntrospection(options, allowInsecure, now),
  }
}

function parseDpop({ dpop = {}, origin }: VerifierOptions, clockTolerance: number, now: () => number): ConfirmationRules['dpop'] {
  const { required = false, replay = memoryReplayStore(now), nonce, algorithms = SIGNING_ALGORITHMS } = dpop
  refuseAlgorithms('dpop.algorithms', algorithms)
  if (nonce !== undefined && nonce.secret.length < 32) throw configError('dpop.nonce.secret must have at least 32 characters')
  const period = seconds('dpop.nonce.lifetime', nonce?.lifetime, 300)
  if (period < 1) throw configError('dpop.nonce.lifetime must be at least a second')
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).origin !== origin)) throw configError('origin must be an origin and nothing more')
  return { required, replay, algorithms, maxAge: seconds('dpop.maxAge', dpop.maxAge, 60), clockTolerance, origin, now, nonces: nonce && createDpopNonces(nonce.secret, period, now) }
}

function parseIntrospection({ issuer, introspection, timeout, fetch }: VerifierOptions, allowInsecureIssuer: boolean, now: () => number): VerifierParts['asking'] {
  if (introspection === undefined) return undefined
  const { clientId, clientAuth, when = 'opaque' } = introspection
  if (typeof clientAuth !== 'function') throw configError('introspection.clientAuth is missing: who asks about tokens must prove who it is')
  const client = createClient({ issuer, clientId, clientAuth, allowInsecureIssuer, now, timeout: seconds('timeout', timeout, 5), ...(fetch !== undefined && { fetch }) })
  return { client, when }
}

function refuseAlgorithms(option: string, algorithms: readonly SigningAlgorithm[]): void {
  for (const algorithm of algorithms) {
    if (!SIGNING_ALGORITHMS.includes(algorithm)) throw configError(`${option} names ${algorithm}, which is not an asymmetric signature algorithm`)
  }
  if (algorithms.length === 0) throw configError(`${option} is empty`)
}

function refuseUrl(option: string, url: string, allowInsecure: boolean): void {
  const objection = objectionTo(url, { allowInsecure })
  if (objection !== undefined) throw configError(`${option} ${objection}`)
}

function seconds(option: string, given: number | undefined, usual: number): number {
  const value = given ?? usual
  if (!Number.isFinite(value) || value < 0) throw configError(`${option} must be a number of seconds`)
  return value
}
