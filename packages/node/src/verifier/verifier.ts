import { isAuthError } from '@latchkey/client'
import { configError } from '../config-error.ts'
import { type AccessTokenClaims, readJwtAccessToken, type TokenReading } from './access-token.ts'
import type { Requirements } from './challenge.ts'
import { refuseConfirmation } from './confirmation.ts'
import { introspectAccessToken, isOpaque } from './introspected-token.ts'
import { findToken } from './presented-token.ts'
import { objectionToRequirements, scopeTokens, unmetRequirement } from './requirements.ts'
import { parseVerifierOptions, type VerifierOptions } from './verifier-options.ts'
import { VerifyError } from './verify-error.ts'
import type { VerifyReason } from './verify-refusals.ts'

/** An access token that holds, for the request that carried it. */
export interface VerifiedAccessToken {
  readonly sub: string
  readonly clientId: string
  readonly scope: ReadonlySet<string>
  readonly claims: AccessTokenClaims
  /** The token as it was sent. */
  readonly token: string
  /** The nonce for the next proof, to be sent as `DPoP-Nonce` with the answer; there when nonces are used and the request carried a proof. @spec RFC 9449 §8.2 */
  readonly dpopNonce?: string
}

/** Verifies the access token of a request; throws a {@link VerifyError}, which answers itself. */
export type Verifier = (request: Request, required?: Requirements) => Promise<VerifiedAccessToken>

/** Creates a verifier for the access tokens of one issuer; asks the issuer nothing before the first token arrives. @spec RFC 9068 §4, RFC 6750, RFC 9449 §7, RFC 7662 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { rules, keys, resourceMetadata, confirmation, asking } = parseVerifierOptions(options)
  const { dpop } = confirmation

  return async (request, required = {}) => {
    const objection = objectionToRequirements(required)
    if (objection !== undefined) throw configError(objection)
    const presented = findToken(request.headers)
    const scheme = presented.kind === 'nothing' ? undefined : presented.scheme
    const isDpop = scheme === 'DPoP' || options.dpop !== undefined
    const refused = (reason: VerifyReason, cause?: unknown) => new VerifyError({
      reason, required, resourceMetadata, scheme, cause,
      dpop: isDpop ? { algorithms: dpop.algorithms, required: dpop.required } : undefined,
      nonce: isDpop ? dpop.nonces?.current() : undefined,
    })

    if (presented.kind === 'nothing') throw refused('token_missing')
    if (presented.kind === 'malformed') throw refused('authorization_malformed')

    const reading = await read(presented.token)
    if (reading.kind === 'fails') throw refused(reading.reason, reading.cause)
    const { claims } = reading
    const unproven = await confirm(request, presented.scheme, presented.token, claims)
    if (unproven !== undefined) throw refused(unproven.reason, unproven.cause)
    const unmet = unmetRequirement(claims, required, rules.now() - rules.clockTolerance)
    if (unmet !== undefined) throw refused(unmet)

    const dpopNonce = scheme === 'DPoP' ? dpop.nonces?.current() : undefined
    return { sub: claims.sub, clientId: claims.client_id, scope: scopeTokens(claims.scope), claims, token: presented.token, ...(dpopNonce !== undefined && { dpopNonce }) }
  }

  async function read(token: string): Promise<TokenReading> {
    const isAsked = asking !== undefined && (asking.when === 'always' || isOpaque(token))
    try {
      return await (isAsked ? introspectAccessToken(token, asking.client, rules) : readJwtAccessToken(token, rules, keys))
    } catch (cause) {
      if (isAsked && !isAuthError(cause)) throw cause
      return { kind: 'fails', reason: isAsked ? 'introspection_unavailable' : 'keys_unavailable', cause }
    }
  }

  async function confirm(request: Request, scheme: 'Bearer' | 'DPoP', token: string, claims: AccessTokenClaims): Promise<{ readonly reason: VerifyReason; readonly cause?: unknown } | undefined> {
    try {
      const reason = await refuseConfirmation(request, scheme, token, claims, confirmation)
      return reason === undefined ? undefined : { reason }
    } catch (cause) {
      return { reason: 'replay_unavailable', cause }
    }
  }
}
