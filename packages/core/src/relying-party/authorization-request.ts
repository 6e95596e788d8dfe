import type { ResponseMode } from '../registry/response-types.ts'

/** What a relying party must remember, out of reach of other sites, until the response arrives. */
export interface PendingAuthorization {
  readonly issuer: string
  readonly client_id: string
  readonly redirect_uri: string
  readonly state: string
  readonly nonce?: string | undefined
  readonly code_verifier: string
  readonly scope?: string | undefined
  readonly resource?: readonly string[] | undefined
  /** Seconds. */
  readonly max_age?: number | undefined
  /** What was asked for when it was more than a code. @spec OpenID Connect Core §3.3 */
  readonly response_type?: HybridResponseType
  /** How the response is awaited, when it was asked for. */
  readonly response_mode?: RequestedResponseMode
  /** Seconds since the epoch. */
  readonly createdAt: number
}

/** A way to ask for an ID Token beside the code; an access token is never asked for without an ID Token that vouches for it. */
export type HybridResponseType = 'code id_token' | 'code id_token token'

/** How the response is to come back; with `jwt`, signed by the issuer. @spec JARM §2.3 */
export type RequestedResponseMode = ResponseMode | 'jwt' | `${ResponseMode}.jwt`

/** What an authorization request is made of; random values are the driver's to draw. */
export interface AuthorizationRequestInput {
  readonly issuer: string
  readonly client_id: string
  readonly redirect_uri: string
  readonly scope?: string | undefined
  readonly resource?: readonly string[] | undefined
  readonly state: string
  readonly nonce: string
  readonly code_verifier: string
  readonly code_challenge: string
  /** Seconds. */
  readonly max_age?: number | undefined
  /** `code` when absent. */
  readonly response_type?: HybridResponseType
  readonly response_mode?: RequestedResponseMode
  /** Further parameters, by their registered names; those of the protocol run itself cannot be replaced. */
  readonly extra?: Readonly<Record<string, string>> | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** The parameters to send, in order, and what to remember. */
export interface AuthorizationRequestPlan {
  readonly parameters: readonly (readonly [string, string])[]
  readonly pending: PendingAuthorization
}

/**
 * Plans an authorization request for a code with PKCE, beside which an ID Token may come; the nonce is sent when OpenID Connect is asked for.
 * @spec RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1, RFC 8707 §2
 */
export function authorizationRequest(input: AuthorizationRequestInput): AuthorizationRequestPlan {
  const { code_challenge, extra = {}, nonce: drawn, now, ...kept } = input
  const { client_id, redirect_uri, scope, resource = [], state, max_age, response_type = 'code', response_mode } = kept
  const nonce = scope?.split(' ').includes('openid') === true ? drawn : undefined
  const own: Readonly<Record<string, string | undefined>> = {
    response_type, client_id, redirect_uri, response_mode, scope, state, nonce, code_challenge, code_challenge_method: 'S256', max_age: max_age?.toString(),
  }
  const further = Object.entries(extra).filter(([name]) => own[name] === undefined && (name !== 'resource' || resource.length === 0))
  const parameters = [...Object.entries(own), ...resource.map(one => ['resource', one] as const), ...further]
  return {
    parameters: parameters.filter((pair): pair is [string, string] => pair[1] !== undefined),
    pending: { ...kept, createdAt: now, nonce },
  }
}
