import { type Attempt, attempt } from '../attempt.ts'
import { type Browser, interactionOf, waitingFor } from '../authorization/authorize.ts'
import type { Digest, Instant } from '../brand.ts'
import { type Client } from '../client/metadata.ts'
import { refuse, type Refusal } from '../decision.ts'
import { find } from '../needs.ts'
import { amend, insert, type LogoutVisit, type Row, type Write } from '../records.ts'
import type { EndSessionRequest, IdTokenHint } from './end-session-request.ts'
import { postLogoutAddress } from './post-logout-address.ts'

/** What becomes of a request to sign out: the user is asked, a session is to end, none is there, or the user stays. */
export type LogoutStep =
  | { readonly kind: 'ask'; readonly question: 'logout'; readonly writes: readonly Write[] }
  | { readonly kind: 'end'; readonly sid: string; readonly visit: LogoutVisit; readonly writes: readonly [] }
  | { readonly kind: 'signed_out'; readonly visit: LogoutVisit; readonly writes: readonly [] }
  | { readonly kind: 'kept'; readonly visit: LogoutVisit; readonly writes: readonly [] }

/** Who asks for a logout: the client, if it is known and enabled, and the ID Token by which it proves that. */
export interface LogoutParty {
  readonly client: Client | undefined
  readonly hint: IdTokenHint | undefined
}

/** A logout as it is put to the user. @spec OpenID Connect RP-Initiated Logout §2, §3 */
export function logoutVisit(request: EndSessionRequest, { client, hint }: LogoutParty): LogoutVisit {
  const returnTo = postLogoutAddress(request, client, hint !== undefined)
  const { ui_locales } = request
  return {
    kind: 'logout',
    ...(client === undefined ? {} : { client_id: client.client_id }),
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(ui_locales === undefined ? {} : { ui_locales: ui_locales.slice(0, 100) }),
  }
}

/**
 * Somebody asks to sign this browser out. Only an ID Token of this very session ends it at once; for everything else the user is asked,
 * because any site can send a browser here. `nameOf` answers what the client calls a session, if not by its own name.
 * @spec OpenID Connect RP-Initiated Logout §2, §6
 */
export function requestLogout(visit: LogoutVisit, hint: IdTokenHint | undefined, from: Browser, handle: Digest, nameOf: (sid: string) => string = (sid) => sid): Attempt<LogoutStep> {
  return attempt({ session: find('session', from.session ?? '') } as const, ({ session }, { now }): LogoutStep => {
    if (!lives(session, now)) return { kind: 'signed_out', visit, writes: [] }
    const { sid } = session
    if (hint?.sid === nameOf(sid)) return { kind: 'end', sid, visit, writes: [] }
    return { kind: 'ask', question: 'logout', writes: [insert('interaction', handle, interactionOf({ ...visit, sid }, from, now))] }
  })
}

/** The user answers. What ends is the session that they were asked about; if another has begun meanwhile, they are asked again. */
export function decideLogout(handle: Digest, from: Browser, decision: 'allow' | 'deny'): Attempt<LogoutStep> {
  const needs = { interaction: find('interaction', handle), session: find('session', from.session ?? '') } as const
  return attempt(needs, ({ interaction, session }, { now }): LogoutStep | Refusal => {
    const waiting = waitingFor(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    const visit = waiting.request
    if (!('kind' in visit) || visit.kind !== 'logout') return refuse('interaction_unknown')
    if (decision === 'deny') return { kind: 'kept', visit, writes: [] }
    if (!lives(session, now)) return { kind: 'signed_out', visit, writes: [] }
    const { sid } = session
    return sid === visit.sid ? { kind: 'end', sid, visit, writes: [] } : { kind: 'ask', question: 'logout', writes: [amend(waiting, { request: { ...visit, sid } })] }
  })
}

function lives(session: Row<'session'> | undefined, now: Instant): session is Row<'session'> {
  return session !== undefined && session.expiresAt > now
}
