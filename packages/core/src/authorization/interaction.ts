import type { Instant, Seconds } from '../brand.ts'
import type { Account } from '../account.ts'
import type { Client } from '../client/metadata.ts'
import type { Row } from '../records.ts'
import type { Catalogue } from '../resources/catalogue.ts'
import { couldReach, reachedAcr } from './acr.ts'
import { isRemembered } from './consent.ts'
import type { AuthorizationRequest } from './request.ts'

/** For how long an interaction waits for its user before it must be restarted. */
export const INTERACTION_LIFETIME: Seconds = 1_800
/** For how long an interaction that nobody finished can be restarted. */
export const INTERACTION_KEPT: Seconds = 7_200

/** What the user has still to be asked. */
export type Question = 'login' | 'create' | 'consent' | 'device'

/** What is known of the user when a request is put to them. */
export interface Circumstances {
  readonly request: AuthorizationRequest
  readonly client: Client
  readonly session: Row<'session'> | undefined
  readonly account: Account | undefined
  readonly consent: Row<'consent'> | undefined
  readonly catalogue: Catalogue
  /** What the user did for this very request. */
  readonly done: { readonly signedIn: boolean; readonly consented: boolean }
  readonly now: Instant
}

/** The next question to the user, none when the request may be granted. @spec OpenID Connect Core §3.1.2.3, §3.1.2.4 */
export function nextQuestion(circumstances: Circumstances): Question | undefined {
  if (!isSignedIn(circumstances)) return circumstances.request.prompt.includes('create') ? 'create' : 'login'
  return hasConsented(circumstances) ? undefined : 'consent'
}

/** Whether the session is of the user whom the `id_token_hint` names, if there is one. @spec OpenID Connect Core §3.1.2.2 */
export function isHinted({ hintedSubject }: AuthorizationRequest, session: Row<'session'>): boolean {
  return hintedSubject === undefined || hintedSubject === session.sub
}

/** Whether a new sign-in could reach what the client wishes and the session lacks. A silent request insists only on what is essential. */
function wantsMore({ acr, prompt }: AuthorizationRequest, session: Row<'session'>, { acrValues }: Catalogue): boolean {
  if (acr === undefined || (prompt.includes('none') && !acr.isEssential)) return false
  return couldReach(acr, acrValues) && reachedAcr(session.acr, acr, acrValues) === undefined
}

/** Whether the client insists on a class of sign-in that the session has not reached, or that nobody here can reach. @spec OpenID Connect Core §5.5.1.1, OpenID Connect Core Error Code unmet_authentication_requirements */
export function isUnmet({ acr }: AuthorizationRequest, session: Row<'session'> | undefined, { acrValues }: Catalogue): boolean {
  if (acr === undefined || !acr.isEssential) return false
  return !couldReach(acr, acrValues) || (session !== undefined && reachedAcr(session.acr, acr, acrValues) === undefined)
}

/** The prompts that want the user to come anew, whoever is signed in. */
const AFRESH = ['login', 'select_account', 'create'] as const

function isSignedIn({ request, client, catalogue, session, account, done, now }: Circumstances): boolean {
  if (session === undefined || session.expiresAt <= now || account?.active !== true) return false
  if (done.signedIn) return true
  if (!isHinted(request, session)) return false
  if (AFRESH.some((prompt) => request.prompt.includes(prompt))) return false
  if (wantsMore(request, session, catalogue)) return false
  const oldest = oldestSignIn(request, client)
  return oldest > 0 && now - session.auth_time <= oldest
}

/** How old a sign-in may be: as the request says, or the client's registration, and never older than the operator allows. @spec OpenID Connect Core §3.1.2.1, OpenID Connect Dynamic Client Registration §2 */
function oldestSignIn({ max_age }: AuthorizationRequest, { default_max_age, policy }: Client): Seconds {
  return Math.min(max_age ?? default_max_age ?? Infinity, policy.signInLifetime ?? Infinity)
}

function hasConsented({ request, client, consent, done, now }: Circumstances): boolean {
  if (done.consented) return true
  if (request.prompt.includes('consent') || client.policy.consent === 'always') return false
  if (client.policy.consent === 'never') return true
  return isRemembered(consent, request, now)
}
