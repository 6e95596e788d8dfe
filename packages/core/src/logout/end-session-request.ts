import type { Issuer } from '../brand.ts'
import { isRefusal, type Refusal } from '../decision.ts'
import { type Form, singleValued } from '../form.ts'
import { optional, readParameters, type Typed, unbounded } from '../parameters.ts'

const PARAMETERS = {
  id_token_hint: unbounded,
  logout_hint: unbounded,
  client_id: optional,
  post_logout_redirect_uri: optional,
  state: optional,
  ui_locales: optional,
} as const

/** A request to sign the user out. Nothing in it has been believed yet. @spec OpenID Connect RP-Initiated Logout §2 */
export type EndSessionRequest = Typed<typeof PARAMETERS>

/** The logout request that a form spells. @spec OpenID Connect RP-Initiated Logout §2 */
export function parseEndSessionRequest(form: Form): EndSessionRequest | Refusal {
  const single = singleValued(form)
  return isRefusal(single) ? single : readParameters(PARAMETERS, single)
}

/** What an ID Token of ours says about the sign-in that is to end. Its times do not matter. */
export interface IdTokenHint {
  readonly client_id: string
  readonly sid: string | undefined
}

/**
 * The hint that some claims make, whose signature the caller has verified; `undefined` when they are not ours, or are for another client
 * than the one that asks.
 * @spec OpenID Connect RP-Initiated Logout §2, §4
 */
export function parseIdTokenHint(claims: Readonly<Record<string, unknown>> | undefined, issuer: Issuer, client_id: string | undefined): IdTokenHint | undefined {
  const { iss, aud, sid } = claims ?? {}
  const audience: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (iss !== issuer || typeof audience !== 'string') return undefined
  if (client_id !== undefined && client_id !== audience) return undefined
  return { client_id: audience, sid: typeof sid === 'string' ? sid : undefined }
}
