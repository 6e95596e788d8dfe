import type { Brand } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import type { Form } from '../form.ts'

/** The claims of an access token of ours, its signature or its row checked. Only a verifier makes one. */
export type VerifiedAccessToken = Brand<
  { readonly sub: string; readonly client_id: string; readonly scope: readonly string[]; readonly aud: readonly string[]; readonly exp: number; readonly authorization?: string },
  'VerifiedAccessToken'
>

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
