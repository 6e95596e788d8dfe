import { type Attempt, attempt } from '../attempt.ts'
import { type Account, mayUse } from '../account.ts'
import type { Digest, Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { sectorOf } from '../client/sector.ts'
import { isRefusal, type Issue, refuse, type Refusal, returned } from '../decision.ts'
import { accountOf, behind, find, subjectOf } from '../needs.ts'
import { amend, consentKey, insert, type Interaction, participationKey, remove, replace, type Row, type Write } from '../records.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { INTERACTION_KEPT, INTERACTION_LIFETIME, isHinted, isUnmet, nextQuestion, type Question } from './interaction.ts'
import { permit, permitAgain, remember } from './permit.ts'
import { usePushed } from './pushed.ts'
import type { AuthorizationRequest } from './request.ts'
import { type ReturnAddress, unheld } from './return-address.ts'

/** The user must be asked before it goes on. */
export interface Ask {
  readonly kind: 'ask'
  readonly question: Question
  readonly writes: readonly Write[]
}

/** Who sends a request of the front channel: the digests of the browser's two cookies. */
export interface Browser {
  readonly browser: Digest
  readonly session: Digest | undefined
}

/** The parties of a request: who asks, and what is offered. */
export interface Parties {
  readonly client: Client
  readonly catalogue: Catalogue
}

/** An interaction that begins now. */
export function interactionOf(request: Interaction['request'], from: Browser, now: number): Interaction {
  return { request, browser: from.browser, createdAt: now, expiresAt: now + INTERACTION_KEPT }
}

function userNeeds(session: Digest | undefined, client: Client) {
  return {
    session: find('session', session ?? ''),
    consent: behind('consent', 'session', 'sub', `${client.client_id} `),
    participation: behind('participation', 'session', 'sid', participationKey(client.client_id, '')),
    account: accountOf('session'),
    subject: subjectOf('session', sectorOf(client)),
  } as const
}

/**
 * A new authorization request: a code at once, a question to the user, or a refusal that travels back. `pushed` is the key of the
 * pushed request that it is.
 * @spec OpenID Connect Core §3.1.2
 */
export function authorize(request: AuthorizationRequest, { client, catalogue }: Parties, from: Browser, handle: Digest, pushed?: Digest): Attempt<Issue | Ask> {
  const needs = { ...userNeeds(from.session, client), pushedRequest: find('pushed_request', pushed ?? '') } as const
  return attempt(needs, ({ session, consent, participation, account, subject, pushedRequest }, moment): Issue | Ask | Refusal => {
    const { now } = moment
    const used = usePushed(pushed, pushedRequest, client, now)
    if (isRefusal(used)) return used
    const question = nextQuestion({ request, client, catalogue, session, subject, account, consent, done: { signedIn: false, consented: false }, now })
    if (isUnmet(request, undefined, catalogue)) return returned(refuse('acr_unreachable', { client_id: client.client_id }), request.returnTo)
    if (isShutOut(question, account, client)) return returned(refuse('user_without_access', { client_id: client.client_id }), request.returnTo)
    if (question === undefined && session !== undefined && account !== undefined) return permit({ request, client, catalogue, account, participation }, session, moment, undefined, used)
    if (request.prompt.includes('none')) return returned(refuse(question === 'consent' ? 'consent_required' : 'login_required'), request.returnTo)
    const asked = question === 'consent' && session !== undefined ? { consentAskedOf: session.sub } : {}
    const cameBy = pushed === undefined ? {} : { pushed }
    return { kind: 'ask', question: question ?? 'login', writes: [insert('interaction', handle, { ...interactionOf(request, from, now), ...asked, ...cameBy })] }
  })
}

/** Whether the user who is signed in may not use the client; whoever has still to sign in may be somebody else. */
function isShutOut(question: Question | undefined, account: Account | undefined, { client_id }: Client): boolean {
  return question !== 'login' && question !== 'create' && account !== undefined && !mayUse(account, client_id)
}

/** The interaction of this handle, if it waits for this browser. @spec OpenID Connect Core §16.15 */
export function waitingFor(interaction: Row<'interaction'> | undefined, from: Browser, now: number): Row<'interaction'> | Refusal {
  if (interaction === undefined) return refuse('interaction_unknown')
  const { request } = interaction
  const { client_id } = request
  if (interaction.browser !== from.browser) return refuse('kind' in request && request.kind === 'device' ? 'device_entered_elsewhere' : 'interaction_of_another_browser', { client_id })
  const isOver = interaction.expiresAt <= now || interaction.createdAt + INTERACTION_LIFETIME <= now
  return isOver ? refuse('interaction_expired', { client_id }) : interaction
}

/** A user comes back to an interaction that waited too long: it begins anew, and a sign-in within it counts no longer. @spec OpenID Connect Core §3.1.2.3 */
export function restart(handle: Digest, from: Browser): Attempt<Ask> {
  const needs = { interaction: find('interaction', handle), pushedRequest: behind('pushed_request', 'interaction', 'pushed') } as const
  return attempt(needs, ({ interaction, pushedRequest }, { now }): Ask | Refusal => {
    if (interaction === undefined || interaction.browser !== from.browser || interaction.authorization !== undefined) return refuse('interaction_unknown')
    if (interaction.expiresAt <= now) return refuse('interaction_expired', { client_id: interaction.request.client_id })
    const { kind: _, key: __, revision: ___, authenticatedAt: ____, ...kept } = interaction
    const expiresAt = now + INTERACTION_KEPT
    const asPushed = pushedRequest === undefined ? [] : [amend(pushedRequest, { expiresAt })]
    return { kind: 'ask', question: 'login', writes: [replace(interaction, { ...kept, createdAt: now, expiresAt }), ...asPushed] }
  })
}

/** How a user answers: `none` just goes on, as after signing in. */
export type Answer = 'none' | 'allow' | 'deny'

/**
 * An interaction goes on: the next question, a code, or a refusal. Finishing again while the code lives gives the same code, so that a
 * double click harms nobody.
 * @spec OpenID Connect Core §3.1.2.4
 */
export function resume(handle: { secret: string; key: Digest }, { client, catalogue }: Parties, from: Browser, answer: Answer): Attempt<Issue | Ask> {
  const needs = { interaction: find('interaction', handle.key), authorization: behind('authorization', 'interaction', 'authorization'), pushedRequest: behind('pushed_request', 'interaction', 'pushed'), ...userNeeds(from.session, client) } as const
  return attempt(needs, ({ interaction, authorization, pushedRequest, session, consent, participation, account, subject }, moment): Issue | Ask | Refusal => {
    const { now } = moment
    const waiting = waitingFor(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    const { request } = waiting
    if ('kind' in request || request.client_id !== client.client_id) return refuse('interaction_unknown')
    if (waiting.authorization !== undefined) {
      if (answer === 'deny' || authorization === undefined || account === undefined || session === undefined || !mayRepeat(authorization, { session, account, client, now })) return refuse('interaction_unknown')
      return permitAgain({ request, client, catalogue, account, participation }, authorization, session, handle.secret, now)
    }
    const used = usePushed(waiting.pushed, pushedRequest, client, now)
    if (isRefusal(used)) return used
    if (answer === 'deny') return returned(refuse('access_denied', { client_id: client.client_id }, [remove(waiting), ...used]), unheld(request.returnTo))
    const consented = answer === 'allow' && wasAsked(waiting, session)
    const signedIn = signedInHere(waiting, session)
    if (signedIn && session !== undefined && !isHinted(request, subject)) return returned(refuse('login_required', { client_id: client.client_id }), unheld(request.returnTo))
    if (signedIn && isUnmet(request, session, catalogue)) return returned(refuse('acr_unreachable', { client_id: client.client_id }), unheld(request.returnTo))
    const question = nextQuestion({ request, client, catalogue, session, subject, account, consent, done: { signedIn, consented }, now })
    if (isShutOut(question, account, client)) return returned(refuse('user_without_access', { client_id: client.client_id }, [remove(waiting), ...used]), unheld(request.returnTo))
    if (question !== undefined || session === undefined || account === undefined) {
      return { kind: 'ask', question: question ?? 'login', writes: question === 'consent' && session !== undefined ? askedOf(session.sub, waiting) : [] }
    }
    const finished = [amend(waiting, { authorization: moment.fresh }), ...used]
    return permit({ request, client, catalogue, account, participation }, session, moment, handle.secret, consented ? [...finished, remember(consent, request, session.sub, client, now)] : finished)
  })
}

/**
 * Whether what an interaction ended in is told again: while the code lives, and to the user who is still signed in. The code of one user
 * is not told to another who has signed in with this browser since.
 */
function mayRepeat(authorization: Row<'authorization'>, { session, account, client, now }: { session: Row<'session'>; account: Account; client: Client; now: Instant }): boolean {
  const lives = authorization.revokedAt === undefined && authorization.createdAt + client.policy.authorizationCodeLifetime > now
  return lives && account.active && mayUse(account, client.client_id) && session.sub === authorization.sub && session.expiresAt > now
}

/** Whether the consent is that of the user it was asked of: another may have signed in with this browser since. */
function wasAsked({ consentAskedOf }: Row<'interaction'>, session: Row<'session'> | undefined): boolean {
  return consentAskedOf === undefined || consentAskedOf === session?.sub
}

function askedOf(sub: string, interaction: Row<'interaction'>): readonly Write[] {
  return interaction.consentAskedOf === sub ? [] : [amend(interaction, { consentAskedOf: sub })]
}

/** Whether an error may go back to where it is held. */
export interface Released {
  readonly kind: 'released'
  readonly mayGo: boolean
  readonly writes: readonly []
}

/** An error goes back to its client by itself where the user who is signed in here has let this client in before. @spec RFC 9700 §4.11.2 */
export function release({ heldFor }: ReturnAddress, session: Digest | undefined): Attempt<Released> {
  const needs = { session: find('session', session ?? ''), consent: behind('consent', 'session', 'sub', consentKey(heldFor ?? '', '')), account: accountOf('session') } as const
  return attempt(needs, (known, { now }): Released => {
    const isSignedIn = known.session !== undefined && known.session.expiresAt > now && known.account?.active === true
    return { kind: 'released', mayGo: heldFor === undefined || (isSignedIn && known.consent !== undefined), writes: [] }
  })
}

/** The page of an interaction is shown to whoever is signed in now, so that it is them who may answer it. */
export function show(handle: Digest, from: Browser): Attempt<Ask> {
  const needs = { interaction: find('interaction', handle), session: find('session', from.session ?? '') } as const
  return attempt(needs, ({ interaction, session }, { now }): Ask | Refusal => {
    const waiting = waitingFor(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    return { kind: 'ask', question: 'consent', writes: session === undefined || waiting.consentAskedOf === undefined ? [] : askedOf(session.sub, waiting) }
  })
}

/** Whether the session began within this interaction. */
export function signedInHere(interaction: Row<'interaction'>, session: Row<'session'> | undefined): boolean {
  return interaction.authenticatedAt !== undefined && session !== undefined && session.auth_time >= interaction.authenticatedAt
}
