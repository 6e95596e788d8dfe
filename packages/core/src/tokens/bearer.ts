import type { Brand } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import type { Form } from '../form.ts'

/** The claims of an access token of ours, its signature or its row checked. Only a verifier makes one. */
export type VerifiedAccessToken = Brand<AccessTokenFacts, 'VerifiedAccessToken'>

interface AccessTokenFacts {
  readonly sub: string
  readonly client_id: string
  readonly scope: readonly string[]
  readonly aud: readonly string[]
  readonly exp: number
  readonly authorization?: string
  /** All claims, as they were signed or kept. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** The access token that a request carries in its header or, for a form, in its body. @spec RFC 6750 §2.1, §2.2 */
export function bearerToken(authorization: string | undefined, form: Form | undefined): string | Refusal {
  const inHeader = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
  const inBody = form?.one('access_token')
  if (inHeader !== undefined && inBody !== undefined) return refuse('bearer_repeated')
  if (inHeader === undefined && authorization !== undefined && /^Bearer/i.test(authorization)) return refuse('access_token_unknown')
  return inHeader ?? inBody ?? refuse('bearer_missing')
}

/** The `jti` of an access token: the authorization it descends from, then a name of its own. */
export function jtiOf(authorization: string | undefined, fresh: string): string {
  return authorization === undefined ? fresh : `${authorization}.${fresh}`
}

/** The authorization that a `jti` names, none for a client on its own. */
export function authorizationOfJti(jti: string): string | undefined {
  const dot = jti.indexOf('.')
  return dot < 0 ? undefined : jti.slice(0, dot)
}

/** The access token of these claims. Whoever calls it has checked the signature, the type and the issuer. */
export function accessTokenOf(claims: Readonly<Record<string, unknown>>): VerifiedAccessToken {
  const { sub, client_id, scope, aud, exp, jti } = claims
  const authorization = authorizationOfJti(String(jti ?? ''))
  const token: AccessTokenFacts = {
    sub: String(sub),
    client_id: String(client_id),
    scope: String(scope ?? '').split(' '),
    aud: (Array.isArray(aud) ? aud : [aud]).map(String),
    exp: Number(exp),
    claims,
    ...(authorization === undefined ? {} : { authorization }),
  }
  return token as VerifiedAccessToken
}
