import { type Attempt, attempt } from '../attempt.ts'
import type { Digest, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { issue, type Issue, refuse, type Refusal, returned } from '../decision.ts'
import { accountOf, behind, find } from '../needs.ts'
import { amend, insert, remove, type Row, type Write } from '../records.ts'
import { isHinted, nextQuestion, type Question } from './interaction.ts'
import { permit, remember } from './permit.ts'
import type { AuthorizationRequest } from './request.ts'

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

/** For how long an interaction waits for its user. */
export const INTERACTION_LIFETIME: Seconds = 1_800

function userNeeds(session: Digest | undefined, client: Client) {
  return {
    session: find('session', session ?? ''),
    consent: behind('consent', 'session', 'sub', `${client.client_id} `),
    account: accountOf('session'),
  } as const
}

/** A new authorization request: a code at once, a question to the user, or a refusal that travels back. @spec OpenID Connect Core §3.1.2 */
export function authorize(request: AuthorizationRequest, client: Client, from: Browser, handle: Digest): Attempt<Issue | Ask> {
  return attempt(userNeeds(from.session, client), ({ session, consent, account }, moment) => {
    const { now } = moment
    const question = nextQuestion({ request, client, session, account, consent, done: { signedIn: false, consented: false }, now })
    if (question === undefined && session !== undefined) return permit(request, client, session, moment)
    if (request.prompt.includes('none')) return returned(refuse(question === 'consent' ? 'consent_required' : 'login_required'), request.returnTo)
    const asked = question === 'consent' && session !== undefined ? { consentAskedOf: session.sub } : {}
    const waiting = insert('interaction', handle, { request, browser: from.browser, ...asked, createdAt: now, expiresAt: now + INTERACTION_LIFETIME })
    return { kind: 'ask', question: question ?? 'login', writes: [waiting] }
  })
}

/** The interaction of this handle, if it waits for this browser. @spec OpenID Connect Core §16.15 */
export function waitingFor(interaction: Row<'interaction'> | undefined, from: Browser, now: number): Row<'interaction'> | Refusal {
  if (interaction === undefined) return refuse('interaction_unknown')
  if (interaction.browser !== from.browser) return refuse('interaction_of_another_browser', { client_id: interaction.request.client_id })
  return interaction.expiresAt <= now ? refuse('interaction_expired', { client_id: interaction.request.client_id }) : interaction
}

/** How a user answers: `none` just goes on, as after signing in. */
export type Answer = 'none' | 'allow' | 'deny'

/**
 * An interaction goes on: the next question, a code, or a refusal. Finishing again within the life of the interaction gives the same code,
 * so that a double click harms nobody.
 * @spec OpenID Connect Core §3.1.2.4
 */
export function resume(handle: { secret: string; key: Digest }, client: Client, from: Browser, answer: Answer): Attempt<Issue | Ask> {
  const needs = { interaction: find('interaction', handle.key), ended: behind('authorization', 'interaction', 'authorization'), ...userNeeds(from.session, client) } as const
  return attempt(needs, ({ interaction, ended, session, consent, account }, moment): Issue | Ask | Refusal => {
    const { now } = moment
    const waiting = waitingFor(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    const { request } = waiting
    // The code of one user is not told to another who has signed in with this browser since.
    if (ended !== undefined && session !== undefined && ended.sub !== session.sub) return refuse('interaction_unknown', { client_id: client.client_id })
    if (waiting.authorization !== undefined) return issue({ code: { seed: handle.secret } }, [])
    if (answer === 'deny') return returned(refuse('access_denied', { client_id: client.client_id }, [remove(waiting)]), request.returnTo)
    const done = { signedIn: signedInHere(waiting, session), consented: answer === 'allow' && wasAsked(waiting, session) }
    if (done.signedIn && session !== undefined && !isHinted(request, session)) return returned(refuse('login_required', { client_id: client.client_id }), request.returnTo)
    const question = nextQuestion({ request, client, session, account, consent, done, now })
    if (question !== undefined || session === undefined) return { kind: 'ask', question: question ?? 'login', writes: question === 'consent' && session !== undefined ? askedOf(session.sub, waiting) : [] }
    const finished = amend(waiting, { authorization: moment.fresh })
    return permit(request, client, session, moment, handle.secret, answer === 'allow' ? [finished, remember(consent, request, session.sub, now)] : [finished])
  })
}

/** Whether the consent is that of the user it was asked of: another may have signed in with this browser since. */
function wasAsked({ consentAskedOf }: Row<'interaction'>, session: Row<'session'> | undefined): boolean {
  return consentAskedOf === undefined || consentAskedOf === session?.sub
}

function askedOf(sub: string, interaction: Row<'interaction'>): readonly Write[] {
  return interaction.consentAskedOf === sub ? [] : [amend(interaction, { consentAskedOf: sub })]
}

function signedInHere(interaction: Row<'interaction'>, session: Row<'session'> | undefined): boolean {
  return interaction.authenticatedAt !== undefined && session !== undefined && session.auth_time >= interaction.authenticatedAt
}
