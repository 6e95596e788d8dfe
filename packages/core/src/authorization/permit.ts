import type { Account } from '../account.ts'
import type { Moment } from '../attempt.ts'
import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { issue, type Issue } from '../decision.ts'
import { type Authentication, type Authorization, type AuthorizationCode, consentKey, insert, replace, type Row, type Write } from '../records.ts'
import { carries } from '../registry/response-types.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { accessToken } from '../tokens/access-token.ts'
import { idToken } from '../tokens/id-token.ts'
import { idTokenUserClaims, userClaims } from '../tokens/user-claims.ts'
import { reachedAcr } from './acr.ts'
import { claimNames } from './consent.ts'
import type { AuthorizationRequest } from './request.ts'

/** A request that the user allowed, and who they are. */
export interface Permission {
  readonly request: AuthorizationRequest
  readonly client: Client
  readonly catalogue: Catalogue
  readonly account: Account
}

/** What the user approved, as it is kept; it ends soon unless a redeemed code makes it last. */
export function authorizationOf(asked: Pick<Authorization, 'client_id' | 'scope' | 'resource' | 'claimsRequest'>, session: Authentication & { sub: string; sid: string }, now: Instant, expiresAt: Instant): Authorization {
  const { sub, sid, auth_time, amr, acr } = session
  const { client_id, scope, resource, claimsRequest } = asked
  return { client_id, sub, sid, scope, resource, auth_time, amr, ...(acr === undefined ? {} : { acr }), ...(claimsRequest === undefined ? {} : { claimsRequest }), createdAt: now, expiresAt }
}

/** Grants a request: an authorization, and what stands for it. The seed makes finishing twice give one code. @spec RFC 6749 §4.1.2, OpenID Connect Core §3.3.2 */
export function permit(permission: Permission, session: Row<'session'>, moment: Moment, seed?: string, writes: readonly Write[] = []): Issue {
  const { request, client } = permission
  const { now, fresh } = moment
  const { authorizationCodeLifetime, accessTokenLifetime } = client.policy
  const lifetime = authorizationCodeLifetime + (carries(request.response_type, 'token') ? accessTokenLifetime : 0)
  const authorization = authorizationOf(request, { ...session, ...acrTold(request, session, permission.catalogue) }, now, now + lifetime)
  const code = carries(request.response_type, 'code') ? { code: { record: codeOf(request, client, authorization, fresh), ...(seed === undefined ? {} : { seed }) } } : {}
  return issue({ ...code, ...tokens(permission, authorization, fresh, now) }, [insert('authorization', fresh, authorization), ...writes])
}

/** The class of the sign-in in the words of the client, where it wished for one that was reached. @spec OpenID Connect Core §2, §3.1.2.1 */
function acrTold({ acr }: AuthorizationRequest, session: Row<'session'>, { acrValues }: Catalogue): Pick<Authentication, 'acr'> {
  const reached = acr === undefined ? undefined : reachedAcr(session.acr, acr, acrValues)
  return reached === undefined ? {} : { acr: reached }
}

/** Tells once more what was granted: the code that was stored then, and new tokens of the same authorization. */
export function permitAgain(permission: Permission, authorization: Row<'authorization'>, seed: string, now: Instant): Issue {
  const code = carries(permission.request.response_type, 'code') ? { code: { seed } } : {}
  return issue({ ...code, ...tokens(permission, authorization, authorization.key, now) }, [])
}

function codeOf(request: AuthorizationRequest, client: Client, { sub, createdAt }: Authorization, authorization: string): AuthorizationCode {
  const { client_id, nonce, code_challenge, returnTo } = request
  return {
    client_id,
    authorization,
    sub,
    redirect_uri: returnTo.redirect_uri,
    expiresAt: createdAt + client.policy.authorizationCodeLifetime,
    ...(nonce === undefined ? {} : { nonce }),
    ...(code_challenge === undefined ? {} : { code_challenge }),
  }
}

/** The tokens of the front channel. Claims about the user are in the ID Token only where no access token could fetch them. @spec OpenID Connect Core §3.2.2.5, §3.3.2.5, §5.4 */
function tokens({ request, client, catalogue, account }: Permission, authorization: Authorization, id: string, now: Instant): Pick<Issue, 'accessToken' | 'idToken'> {
  const { response_type, scope, resource, nonce, returnTo, claimsRequest } = request
  const subject = { sub: authorization.sub, authorization: id, authentication: authorization }
  const claims = response_type === 'id_token' ? userClaims(account, scope, claimsRequest?.id_token) : idTokenUserClaims(account, authorization, scope, client)
  return {
    ...(carries(response_type, 'token') ? { accessToken: accessToken(subject, client, scope, resource, catalogue, now) } : {}),
    ...(carries(response_type, 'id_token') ? { idToken: idToken(authorization, client, catalogue, now, { nonce, state: returnTo.state, claims }) } : {}),
  }
}

/** The write that remembers what the user allowed a client, together with what they allowed before. @spec OpenID Connect Core §3.1.2.4 */
export function remember(consent: Row<'consent'> | undefined, asked: Pick<Authorization, 'scope' | 'resource' | 'claimsRequest'>, sub: string, { client_id, policy }: Client, grantedAt: Instant): Write {
  const scope = [...new Set([...(consent?.scope ?? []), ...asked.scope])]
  const resource = [...new Set([...(consent?.resource ?? []), ...asked.resource])]
  const claims = [...new Set([...(consent?.claims ?? []), ...claimNames(asked)])]
  const end = policy.consentLifetime === undefined ? {} : { expiresAt: grantedAt + policy.consentLifetime }
  const record = { client_id, sub, scope, ...(resource.length === 0 ? {} : { resource }), ...(claims.length === 0 ? {} : { claims }), grantedAt, ...end }
  return consent === undefined ? insert('consent', consentKey(client_id, sub), record) : replace(consent, record)
}
