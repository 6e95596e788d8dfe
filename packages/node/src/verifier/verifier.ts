import { AuthError } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { objectionTo } from '../http/endpoint-url.ts'
import { type AccessTokenClaims, type AccessTokenRules, readJwtAccessToken, type TokenReading } from './access-token.ts'
import { findBearer } from './bearer.ts'
import type { Requirements } from './challenge.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { objectionToRequirements, scopeTokens, unmetRequirement } from './requirements.ts'
import { VerifyError } from './verify-error.ts'
import type { VerifyReason } from './verify-refusals.ts'

/** A signature algorithm an access token may use: asymmetric ones only. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

const SIGNING_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

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
  /** Permits an `http:` issuer beyond loopback, whose keys anyone on the way can replace. */
  readonly allowInsecureIssuer?: boolean
  /** How long one request to the issuer may take; 5 unless given. */
  readonly timeout?: number
  /** Sends the requests to the issuer; the global `fetch` unless given. */
  readonly fetch?: typeof fetch
  /** Tells the time, in seconds since 1970; the system's clock unless given. */
  readonly now?: () => number
}

/** An access token that holds, for the request that carried it. */
export interface VerifiedAccessToken {
  readonly sub: string
  readonly clientId: string
  readonly scope: ReadonlySet<string>
  readonly claims: AccessTokenClaims
  /** The token as it was sent. */
  readonly token: string
}

/** Verifies the access token of a request; throws a {@link VerifyError}, which answers itself. */
export type Verifier = (request: Request, required?: Requirements) => Promise<VerifiedAccessToken>

/** Creates a verifier for the access tokens of one issuer; asks the issuer nothing before the first token arrives. @spec RFC 9068 §4, RFC 6750 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { rules, keys, resourceMetadata } = parseOptions(options)

  return async (request, required = {}) => {
    const objection = objectionToRequirements(required)
    if (objection !== undefined) throw configError(objection)
    const refused = (reason: VerifyReason, cause?: unknown) => new VerifyError({ reason, required, resourceMetadata, cause })

    const presented = findBearer(request.headers)
    if (presented.kind === 'nothing') throw refused('token_missing')
    if (presented.kind === 'malformed') throw refused('authorization_malformed')

    const reading = await read(presented.token)
    if (reading.kind === 'fails') throw refused(reading.reason, reading.cause)
    const { claims } = reading
    // A token bound to a key proves nothing about whoever merely holds it.
    const unmet = claims.cnf === undefined ? unmetRequirement(claims, required, rules.now() - rules.clockTolerance) : 'proof_missing'
    if (unmet !== undefined) throw refused(unmet)

    return { sub: claims.sub, clientId: claims.client_id, scope: scopeTokens(claims.scope), claims, token: presented.token }
  }

  async function read(token: string): Promise<TokenReading> {
    try {
      return await readJwtAccessToken(token, rules, keys)
    } catch (cause) {
      return { kind: 'fails', reason: 'keys_unavailable', cause }
    }
  }
}

interface Parsed {
  readonly rules: AccessTokenRules
  readonly keys: IssuerKeys
  readonly resourceMetadata: string | undefined
}

function parseOptions(options: VerifierOptions): Parsed {
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
  for (const algorithm of algorithms) {
    if (!SIGNING_ALGORITHMS.includes(algorithm)) throw configError(`algorithms names ${algorithm}, which is not an asymmetric signature algorithm`)
  }
  if (algorithms.length === 0) throw configError('algorithms is empty')

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
  return { rules: { issuer, audience, algorithms, clockTolerance, now }, keys, resourceMetadata: resourceMetadata && new URL(resourceMetadata).href }
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
