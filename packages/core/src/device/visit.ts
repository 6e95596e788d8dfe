import { mayUse } from '../account.ts'
import { type Attempt, attempt } from '../attempt.ts'
import { type Browser, interactionOf, waitingFor } from '../authorization/authorize.ts'
import { authorizationOf, remember } from '../authorization/permit.ts'
import type { Question } from '../authorization/interaction.ts'
import type { Digest, Instant, Seconds } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { refuse, type Refusal } from '../decision.ts'
import { digest } from '../digest.ts'
import { accountOf, behind, find } from '../needs.ts'
import { amend, type DeviceState, insert, replace, type Row, type Write } from '../records.ts'
import { parseUserCode } from './user-code.ts'

/** After this many wrong user codes an account must wait. @spec RFC 8628 §5.1 */
export const MOST_WRONG_CODES = 9
const WRONG_CODES_FORGOTTEN: Seconds = 600

/** What becomes of a step at the device page. */
export type DeviceStep =
  | { readonly kind: 'ask'; readonly question: Question; readonly writes: readonly Write[] }
  | { readonly kind: 'missed'; readonly writes: readonly Write[] }
  | { readonly kind: 'decided'; readonly decision: 'allow' | 'deny'; readonly writes: readonly Write[] }

/** A user comes to the device page. They sign in before they enter a code, so that guesses count against somebody. @spec RFC 8628 §3.3 */
export function visitDevice(from: Browser, handle: Digest, visit: { user_code?: string; ui_locales?: string }): Attempt<DeviceStep> {
  const needs = { session: find('session', from.session ?? ''), account: accountOf('session') } as const
  return attempt(needs, ({ session, account }, { now }): DeviceStep => {
    const isSignedIn = session !== undefined && session.expiresAt > now && account?.active === true
    return { kind: 'ask', question: isSignedIn ? 'device' : 'login', writes: [insert('interaction', handle, interactionOf({ kind: 'device', ...visit }, from, now))] }
  })
}

/** A user types a user code. Only a device that waits can be meant; a wrong code counts. @spec RFC 8628 §3.3, §5.1 */
export function enterUserCode(handle: Digest, from: Browser, text: string): Attempt<DeviceStep> {
  const needs = {
    interaction: find('interaction', handle),
    session: find('session', from.session ?? ''),
    account: accountOf('session'),
    failures: behind('failures', 'session', 'sub', 'user_code '),
    code: find('user_code', digest(`user_code ${parseUserCode(text) ?? ''}`)),
    device: behind('device_authorization', 'code', 'device_authorization'),
  } as const
  return attempt(needs, ({ interaction, session, account, failures, code, device }, { now }): DeviceStep | Refusal => {
    const waiting = visitOf(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    if (session === undefined || session.expiresAt <= now || account?.active !== true) return { kind: 'ask', question: 'login', writes: [] }
    const missed = failures !== undefined && failures.expiresAt > now ? failures.count : 0
    if (missed >= MOST_WRONG_CODES) return refuse('user_code_attempts', { sub: session.sub })
    if (code === undefined || device?.state !== 'pending' || device.expiresAt <= now) return { kind: 'missed', writes: [counted(failures, session.sub, missed + 1, now + WRONG_CODES_FORGOTTEN)] }
    const entered = amend(waiting, { device: device.key, consentAskedOf: session.sub, request: { ...waiting.request, kind: 'device', client_id: device.client_id } })
    // A right code touches the count as well, so that guesses sent at once can not slip past each other.
    return { kind: 'ask', question: 'device', writes: [entered, amend(device, { enteredIn: handle }), counted(failures, session.sub, missed, failures?.expiresAt ?? now)] }
  })
}

function counted(failures: Row<'failures'> | undefined, sub: string, count: number, expiresAt: Instant): Write {
  const record = { count, expiresAt }
  return failures === undefined ? insert('failures', `user_code ${sub}`, record) : replace(failures, record)
}

/** The user lets the device in, or not: only where its code was entered last, and only who was asked. Saying the same again changes nothing. @spec RFC 8628 §3.3, §5.4 */
export function decideDevice(handle: Digest, from: Browser, client: Client, decision: 'allow' | 'deny'): Attempt<DeviceStep> {
  const needs = {
    interaction: find('interaction', handle),
    device: behind('device_authorization', 'interaction', 'device'),
    session: find('session', from.session ?? ''),
    account: accountOf('session'),
    consent: behind('consent', 'session', 'sub', `${client.client_id} `),
  } as const
  return attempt(needs, ({ interaction, device, session, account, consent }, { now, fresh }): DeviceStep | Refusal => {
    const waiting = visitOf(interaction, from, now)
    if (waiting.kind === 'refusal') return waiting
    if (session === undefined || session.expiresAt <= now || account?.active !== true) return { kind: 'ask', question: 'login', writes: [] }
    if (device === undefined || device.enteredIn !== handle) return refuse('device_entered_elsewhere', { client_id: client.client_id })
    if (waiting.consentAskedOf !== session.sub) return { kind: 'ask', question: 'device', writes: [amend(waiting, { consentAskedOf: session.sub })] }
    if (DECIDED[device.state] === decision && (device.sub ?? session.sub) === session.sub) return { kind: 'decided', decision, writes: [] }
    if (device.state !== 'pending' || device.expiresAt <= now || device.client_id !== client.client_id) return refuse('device_not_waiting', { client_id: client.client_id, state: device.state })
    if (decision === 'deny') return { kind: 'decided', decision, writes: [amend(device, { state: 'denied' })] }
    if (!mayUse(account, client.client_id)) return refuse('user_without_access', { client_id: client.client_id }, [amend(device, { state: 'denied' })])
    const authorization = authorizationOf(device, client, session, now, device.expiresAt + client.policy.pollingInterval)
    const approved = amend(device, { state: 'approved', authorization: fresh, sub: session.sub })
    return { kind: 'decided', decision, writes: [insert('authorization', fresh, authorization), approved, remember(consent, device, session.sub, client, now)] }
  })
}

/** What the user decided, by where the device authorization stands. */
const DECIDED: Readonly<Record<DeviceState, 'allow' | 'deny' | undefined>> = { pending: undefined, approved: 'allow', denied: 'deny', redeemed: 'allow' }

/** The interaction, if it is a visit to the device page from this browser. */
function visitOf(interaction: Row<'interaction'> | undefined, from: Browser, now: Instant): Row<'interaction'> | Refusal {
  const waiting = waitingFor(interaction, from, now)
  if (waiting.kind === 'refusal') return waiting
  return 'kind' in waiting.request && waiting.request.kind === 'device' ? waiting : refuse('interaction_unknown')
}
