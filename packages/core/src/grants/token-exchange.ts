import { type Client, isPublic } from '../client/metadata.ts'
import { isRefusal, issue, type Refusal, refuse } from '../decision.ts'
import { optional, required, several, unbounded } from '../parameters.ts'
import { TOKEN_EXCHANGE } from '../registry/grant-types.ts'
import { TOKEN_TYPES, tokenTypeName } from '../registry/token-types.ts'
import { narrowedResources, requestedResources } from '../resources/audience.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { narrowedScope } from '../resources/scope.ts'
import { accessToken } from '../tokens/access-token.ts'
import { type Exchangeable, exchangeable, namedBy, revocationOf, sessionOf, tokenNeed, userOf } from '../tokens/exchangeable.ts'
import { operates } from '../tokens/introspection.ts'
import type { AccessTokenPlan } from '../tokens/plan.ts'
import { defineGrant, type Grant } from './define-grant.ts'

type Claims = Readonly<Record<string, unknown>>

/**
 * A token for a user becomes one for another resource, or one that says who acts for the user. It descends from the same authorization,
 * so that it ends with it.
 * @spec RFC 8693 §2
 */
export const tokenExchange: Grant = defineGrant({
  grant_type: TOKEN_EXCHANGE,
  parameters: {
    subject_token: required,
    subject_token_type: required,
    actor_token: optional,
    actor_token_type: optional,
    requested_token_type: optional,
    scope: unbounded,
    resource: several,
    audience: several,
  },
  needs: ({ subject_token, subject_token_type, actor_token = '', actor_token_type = '' }) => ({
    subject: tokenNeed(subject_token, tokenTypeName(subject_token_type)),
    subjectNamed: namedBy('subject'),
    subjectSession: sessionOf('subject'),
    subjectRevoked: revocationOf('subject'),
    subjectAccount: userOf(tokenTypeName(subject_token_type) === 'id_token' ? 'subjectSession' : 'subjectNamed'),
    actor: tokenNeed(actor_token, tokenTypeName(actor_token_type)),
    actorNamed: namedBy('actor'),
    actorSession: sessionOf('actor'),
    actorRevoked: revocationOf('actor'),
    actorAccount: userOf(tokenTypeName(actor_token_type) === 'id_token' ? 'actorSession' : 'actorNamed'),
  }),
  decide({ request, client, known, catalogue, now }) {
    if (isPublic(client)) return refuse('grant_type_not_allowed', { client_id: client.client_id })
    const subjectType = tokenTypeName(request.subject_token_type)
    if (subjectType === undefined) return refuse('exchange_token_type_unsupported', { parameter: 'subject_token_type' })
    const isJwtWanted = request.requested_token_type === TOKEN_TYPES.jwt
    if (!isJwtWanted && (request.requested_token_type ?? TOKEN_TYPES.access_token) !== TOKEN_TYPES.access_token) return refuse('requested_token_type_unsupported')

    const subject = exchangeable(subjectType, { claims: known.subject, named: known.subjectNamed, session: known.subjectSession, revoked: known.subjectRevoked, account: known.subjectAccount }, catalogue, now)
    if (typeof subject === 'string') return refuse(SUBJECT_REFUSALS[subject], { client_id: client.client_id })
    if (!mayBring(client, subject, catalogue)) return refuse('subject_token_of_another_client', { client_id: client.client_id, issued_to: subject.client_id })
    const { authorization } = subject
    if (authorization === undefined) return refuse('subject_token_without_user', { client_id: client.client_id })

    const actorFacts = { claims: known.actor, named: known.actorNamed, session: known.actorSession, revoked: known.actorRevoked, account: known.actorAccount }
    const actor = actorOf(request, client, () => exchangeable(tokenTypeName(request.actor_token_type ?? '') ?? 'jwt', actorFacts, catalogue, now))
    if (isRefusal(actor)) return actor
    if (!mayAct(subject.claims.may_act, actor?.claims)) return refuse('actor_not_allowed', { client_id: client.client_id })

    const scope = narrowedScope(request.scope, subject.scope.filter((name) => name !== 'offline_access' && client.scope.includes(name)))
    if (isRefusal(scope)) return scope
    if (scope.length === 0) return refuse('scope_empty', { client_id: client.client_id })
    const offered = requestedResources([...request.resource, ...request.audience], catalogue)
    if (isRefusal(offered)) return offered
    const resource = narrowedResources(offered, authorization.resource, scope, catalogue)
    if (isRefusal(resource)) return resource

    const holder = { sub: authorization.sub, sector: authorization.sector, authorization: authorization.key, authentication: authorization, claims: authorization.claims }
    const plan = accessToken(holder, client, scope, resource.length > 0 ? resource : authorization.resource, catalogue, now)
    if (plan.scope.length === 0) return refuse('resource_not_granted')
    if (isJwtWanted && plan.format !== 'jwt') return refuse('requested_token_type_unsupported', { format: plan.format })
    const issued_token_type = isJwtWanted ? TOKEN_TYPES.jwt : TOKEN_TYPES.access_token
    return issue({ accessToken: onBehalf(plan, subject, actor, now), members: { issued_token_type } }, [])
  },
})

const SUBJECT_REFUSALS = { 'not valid': 'subject_token_not_valid', expired: 'subject_token_expired', revoked: 'subject_token_revoked' } as const

/** Whoever holds a token may not exchange it: only its client, and who operates a resource that it is for. @spec RFC 8693 §1.1, RFC 9700 §2.3 */
function mayBring(client: Client, { client_id, aud }: Exchangeable, { resources }: Catalogue): boolean {
  return client_id === client.client_id || resources.some((resource) => aud.includes(resource.resource) && operates(client, resource))
}

/** The actor whom the request names, `undefined` when it names none. @spec RFC 8693 §2.1 */
function actorOf({ actor_token, actor_token_type }: { actor_token: string | undefined; actor_token_type: string | undefined }, client: Client, read: () => ReturnType<typeof exchangeable>): Exchangeable | undefined | Refusal {
  if (actor_token === undefined) return actor_token_type === undefined ? undefined : refuse('actor_token_type_unexpected')
  if (actor_token_type === undefined) return refuse('parameter_missing', { parameter: 'actor_token_type' })
  if (tokenTypeName(actor_token_type) === undefined) return refuse('exchange_token_type_unsupported', { parameter: 'actor_token_type' })
  const actor = read()
  return typeof actor === 'string' || actor.client_id !== client.client_id ? refuse('actor_token_not_valid', { client_id: client.client_id }) : actor
}

/** Whether the subject's token lets this actor act. One that names an actor lets nobody else, nor anyone unnamed. @spec RFC 8693 §4.4 */
function mayAct(may_act: unknown, actor: Claims | undefined): boolean {
  if (may_act === undefined) return true
  if (typeof may_act !== 'object' || may_act === null || actor === undefined) return false
  const named = Object.entries(may_act)
  return named.length > 0 && named.every(([name, value]) => Object.hasOwn(actor, name) && actor[name] === value)
}

/** The plan with the chain of actors, lasting no longer than the subject's token. @spec RFC 8693 §4.1 */
function onBehalf(plan: AccessTokenPlan, subject: Exchangeable, actor: Exchangeable | undefined, now: number): AccessTokenPlan {
  const exp = Math.min(plan.claims.exp, subject.exp)
  const before = subject.claims.act === undefined ? {} : { act: subject.claims.act }
  const chain = actor === undefined ? before : { act: { sub: actor.sub, ...before } }
  const may_act = actor === undefined || subject.claims.may_act === undefined ? {} : { may_act: subject.claims.may_act }
  return { ...plan, expires_in: exp - now, claims: { ...plan.claims, exp, ...chain, ...may_act } }
}
