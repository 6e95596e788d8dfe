import { type Account, mayUse } from '../account.ts'
import { type Client, isPublic } from '../client/metadata.ts'
import { sectorOf } from '../client/sector.ts'
import { isRefusal, type Issue, issue, refuse, type Refusal } from '../decision.ts'
import type { Moment } from '../attempt.ts'
import { type Authentication, type Authorization, insert, type Write } from '../records.ts'
import { withoutReserved } from '../registry/claims.ts'
import { narrowedResources } from '../resources/audience.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { namedScope, ownScope } from '../resources/scope.ts'
import { accessToken } from './access-token.ts'
import { authorizationEnd } from './refresh-family.ts'
import { userTokens } from './user-tokens.ts'

/** The user for whom a grant issues, and how they proved who they are. */
export interface GrantSubject extends Authentication {
  /** What the need `accountOf` found, also when that is nothing: tokens are issued only for an active account. */
  readonly account: Account | undefined
}

/** What a grant issues, for whom and with what beside it. The input of the grant's `decide` has the first four members. */
export interface IssueRequest extends Moment {
  readonly client: Client
  readonly catalogue: Catalogue
  /** The `scope` parameter; without it the client's API scopes. */
  readonly scope?: string | undefined
  /** Scope names beyond which nothing is issued, beside those that the client may ask for. */
  readonly within?: readonly string[] | undefined
  /** The `resource` parameters. */
  readonly resource?: readonly string[]
  /** Without a subject the client gets a token for itself. */
  readonly subject?: GrantSubject
  /** Claims for the access tokens. Those that the server makes itself, such as `sub` and `aud`, are left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Members for the token response; those of RFC 6749 §5.1 are not replaced. */
  readonly members?: Readonly<Record<string, unknown>>
  /** What is committed together with the tokens, such as the mark of something that can be used once. */
  readonly writes?: readonly Write[]
}

/**
 * Tokens by a grant of your own. With a subject there is an authorization behind them, which can be revoked, a refresh token for
 * `offline_access` and an ID Token for `openid`; without one an access token for the client itself.
 * Refuses a scope, a resource or an account that can not be.
 * @spec RFC 6749 §4.5, §5.1
 */
export function issueFor(request: IssueRequest): Issue | Refusal {
  return request.subject === undefined ? issueForClient(request) : issueForUser(request, request.subject)
}

function issueForClient({ client, catalogue, now, scope: text, within, resource: named = [], claims, members = {}, writes = [] }: IssueRequest): Issue | Refusal {
  if (isPublic(client)) return refuse('grant_type_not_allowed', { client_id: client.client_id })
  const scope = ownScope(text, limited(client, within), catalogue)
  if (isRefusal(scope)) return scope
  if (scope.length === 0) return refuse('scope_empty', { client_id: client.client_id })
  const resource = narrowedResources(named, [], scope, catalogue)
  if (isRefusal(resource)) return resource
  return issue({ accessToken: accessToken({ sub: client.client_id, claims }, client, scope, resource, catalogue, now), members }, writes)
}

function issueForUser({ client, catalogue, now, fresh, scope: text, within, resource: named = [], claims, members = {}, writes = [] }: IssueRequest, subject: GrantSubject): Issue | Refusal {
  const { account, auth_time, amr, acr } = subject
  if (account?.active !== true) return refuse('account_inactive', account === undefined ? {} : { sub: account.sub })
  if (!mayUse(account, client.client_id)) return refuse('account_without_access', { client_id: client.client_id, sub: account.sub })
  const scope = namedScope(text, limited(client, within), catalogue)
  if (isRefusal(scope)) return scope
  if (scope.length === 0) return refuse('scope_empty', { client_id: client.client_id })
  const resource = narrowedResources(named, [], scope, catalogue)
  if (isRefusal(resource)) return resource
  const sector = sectorOf(client)
  const begun: Authorization = {
    client_id: client.client_id,
    sub: account.sub,
    ...(sector === undefined ? {} : { sector }),
    // No browser has a session for it, so that the name stands for this authorization alone.
    sid: fresh,
    scope,
    resource,
    auth_time,
    amr,
    ...(acr === undefined ? {} : { acr }),
    ...(claims === undefined ? {} : { claims: withoutReserved(claims) }),
    createdAt: now,
    expiresAt: now,
  }
  const authorization = { ...begun, expiresAt: authorizationEnd(begun, client, now) }
  return issue({ ...userTokens({ authorization, id: fresh, account, resource }, client, catalogue, now), members }, [insert('authorization', fresh, authorization), ...writes])
}

function limited(client: Client, within: readonly string[] | undefined): Client {
  return within === undefined ? client : { ...client, scope: client.scope.filter((name) => within.includes(name)) }
}
