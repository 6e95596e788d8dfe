import type { Instant, Seconds } from '../brand.ts'
import type { Account } from '../account.ts'
import type { Client } from '../client/metadata.ts'
import type { Row } from '../records.ts'
import { isRemembered } from './consent.ts'
import type { AuthorizationRequest } from './request.ts'

/** What the user has still to be asked. */
export type Question = 'login' | 'consent' | 'device' | 'logout'

/** What is known of the user when a request is put to them. */
export interface Circumstances {
  readonly request: AuthorizationRequest
  readonly client: Client
  readonly session: Row<'session'> | undefined
  readonly account: Account | undefined
  readonly consent: Row<'consent'> | undefined
  /** What the user did for this very request. */
  readonly done: { readonly signedIn: boolean; readonly consented: boolean }
  readonly now: Instant
}

/** The next question to the user, none when the request may be granted. @spec OpenID Connect Core §3.1.2.3, §3.1.2.4 */
export function nextQuestion(circumstances: Circumstances): Question | undefined {
  if (!isSignedIn(circumstances)) return 'login'
  return hasConsented(circumstances) ? undefined : 'consent'
}

/** Whether the session is of the user whom the `id_token_hint` names, if there is one. @spec OpenID Connect Core §3.1.2.2 */
export function isHinted({ hintedSubject }: AuthorizationRequest, session: Row<'session'>): boolean {
  return hintedSubject === undefined || hintedSubject === session.sub
}

function isSignedIn({ request, client, session, account, done, now }: Circumstances): boolean {
  if (session === undefined || session.expiresAt <= now || account?.active !== true) return false
  if (done.signedIn) return true
  if (!isHinted(request, session)) return false
  if (request.prompt.includes('login') || request.prompt.includes('select_account')) return false
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
