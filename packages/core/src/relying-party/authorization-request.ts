import type { ResponseMode } from '../registry/response-types.ts'

/** What a relying party must remember, out of reach of other sites, until the response arrives. */
export interface PendingAuthorization {
  readonly issuer: string
  readonly client_id: string
  readonly redirect_uri: string
  readonly state: string
  readonly nonce?: string
  readonly code_verifier: string
  readonly scope?: string
  readonly resource?: readonly string[]
  /** Seconds. */
  readonly max_age?: number
  /** What was asked for when it was more than a code. @spec OpenID Connect Core §3.3 */
  readonly response_type?: HybridResponseType
  /** How the response is awaited, when it was asked for. */
  readonly response_mode?: ResponseMode
  /** Seconds since the epoch. */
  readonly createdAt: number
}

/** A way to ask for an ID Token beside the code; an access token is never asked for without an ID Token that vouches for it. */
export type HybridResponseType = 'code id_token' | 'code id_token token'

/** What an authorization request is made of; random values are the driver's to draw. */
export interface AuthorizationRequestInput {
  readonly issuer: string
  readonly client_id: string
  readonly redirect_uri: string
  readonly scope?: string
  readonly resource?: readonly string[]
  readonly state: string
  readonly nonce: string
  readonly code_verifier: string
  readonly code_challenge: string
  /** Seconds. */
  readonly max_age?: number
  /** Further parameters, by their registered names; those of the protocol run itself cannot be replaced. */
  readonly extra?: Readonly<Record<string, string>>
  /** Seconds since the epoch. */
  readonly now: number
}

/** The parameters to send, in order, and what to remember. */
export interface AuthorizationRequestPlan {
  readonly parameters: readonly (readonly [string, string])[]
  readonly pending: PendingAuthorization
}

/**
 * Plans an authorization request for `response_type=code` with PKCE; the nonce is sent when OpenID Connect is asked for.
 * @spec RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1, RFC 8707 §2
 */
export function authorizationRequest(input: AuthorizationRequestInput): AuthorizationRequestPlan {
  const { code_challenge, extra, nonce, now, ...kept } = input
  const { client_id, redirect_uri, scope, resource, state, max_age } = kept
  const asksForIdToken = scope?.split(' ').includes('openid') === true
  const own: [string, string][] = [
    ['response_type', 'code'],
    ['client_id', client_id],
    ['redirect_uri', redirect_uri],
  ]
  if (scope !== undefined) own.push(['scope', scope])
  own.push(['state', state])
  if (asksForIdToken) own.push(['nonce', nonce])
  own.push(['code_challenge', code_challenge], ['code_challenge_method', 'S256'])
  if (max_age !== undefined) own.push(['max_age', String(max_age)])
  for (const one of resource ?? []) own.push(['resource', one])
  const taken = new Set(own.map(([name]) => name))
  const further = Object.entries(extra ?? {}).filter(([name]) => !taken.has(name))
  const pending: PendingAuthorization = { ...kept, createdAt: now, ...(asksForIdToken && { nonce }) }
  return { parameters: [...own, ...further], pending }
}
