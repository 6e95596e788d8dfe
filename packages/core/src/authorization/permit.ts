import type { Moment } from '../attempt.ts'
import type { Client } from '../client/metadata.ts'
import { issue, type Issue } from '../decision.ts'
import { amend, type Authorization, type AuthorizationCode, consentKey, insert, type Row, type Write } from '../records.ts'
import { authorizationEnd } from '../tokens/refresh-family.ts'
import type { AuthorizationRequest } from './request.ts'

/** Grants a request: an authorization, and the code that stands for it. The seed makes finishing twice give one code. @spec RFC 6749 §4.1.2 */
export function permit(request: AuthorizationRequest, client: Client, session: Row<'session'>, moment: Moment, seed?: string, writes: readonly Write[] = []): Issue {
  const { now, fresh } = moment
  const { sub, sid, auth_time, amr, acr } = session
  const { client_id, scope, resource, nonce, code_challenge, returnTo } = request
  const authorization: Authorization = { client_id, sub, sid, scope, resource, auth_time, amr, ...(acr === undefined ? {} : { acr }), createdAt: now, expiresAt: authorizationEnd(now, client) }
  const record: AuthorizationCode = {
    client_id,
    authorization: fresh,
    sub,
    redirect_uri: returnTo.redirect_uri,
    expiresAt: now + client.policy.authorizationCodeLifetime,
    ...(nonce === undefined ? {} : { nonce }),
    ...(code_challenge === undefined ? {} : { code_challenge }),
  }
  return issue({ code: { record, ...(seed === undefined ? {} : { seed }) } }, [insert('authorization', fresh, authorization), ...writes])
}

/** The write that remembers what the user allowed a client, together with what they allowed before. @spec OpenID Connect Core §3.1.2.4 */
export function remember(consent: Row<'consent'> | undefined, request: AuthorizationRequest, sub: string, grantedAt: number): Write {
  const { client_id } = request
  if (consent === undefined) return insert('consent', consentKey(client_id, sub), { client_id, sub, scope: request.scope, grantedAt })
  return amend(consent, { scope: [...new Set([...consent.scope, ...request.scope])], grantedAt })
}
