import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import type { Authorization } from '../records.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import type { IdTokenPlan } from './plan.ts'
import type { ReturnAddress } from '../authorization/return-address.ts'
import { idTokenEncryption } from './encryption.ts'
import { tokenHash } from './token-hash.ts'

/** What an ID Token says besides who signed in, when and how. */
export interface IdTokenExtras {
  readonly nonce?: string | undefined
  /** Where it is sent through the browser: `s_hash` ties it to the state. */
  readonly returnTo?: ReturnAddress
  /** Claims about the user, where the client can not or need not fetch them. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The ID Token for a sign-in. @spec OpenID Connect Core §2, §5.4 */
export function idToken(authorization: Authorization, client: Client, catalogue: Catalogue, now: Instant, more: IdTokenExtras = {}): IdTokenPlan {
  const { nonce, returnTo, claims = {} } = more
  const encryption = idTokenEncryption(client, returnTo)
  return {
    alg: client.id_token_signed_response_alg,
    ...(returnTo?.state === undefined ? {} : { state: returnTo.state }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(authorization.sector === undefined ? {} : { sector: authorization.sector }),
    claims: {
      ...claims,
      iss: catalogue.issuer,
      sub: authorization.sub,
      aud: client.client_id,
      iat: now,
      exp: now + client.policy.idTokenLifetime,
      auth_time: authorization.auth_time,
      ...(authorization.amr.length === 0 ? {} : { amr: authorization.amr }),
      sid: authorization.sid,
      ...(authorization.acr === undefined ? {} : { acr: authorization.acr }),
      ...(nonce === undefined ? {} : { nonce }),
    },
  }
}

/** All claims of an ID Token, once what is handed out beside it exists. @spec OpenID Connect Core §3.1.3.6, §3.3.2.11 */
export function idTokenClaims(plan: IdTokenPlan, beside: { access_token?: string | undefined; code?: string | undefined }): Readonly<Record<string, unknown>> {
  const { access_token, code } = beside
  return {
    ...plan.claims,
    ...(access_token === undefined ? {} : { at_hash: tokenHash(access_token, plan.alg) }),
    ...(code === undefined ? {} : { c_hash: tokenHash(code, plan.alg) }),
    ...(plan.state === undefined ? {} : { s_hash: tokenHash(plan.state, plan.alg) }),
  }
}
