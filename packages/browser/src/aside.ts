import type { authError } from '@latchkey/client/parts'
import type { Application, beginSession } from './application.ts'
import type { Arrival, receive } from './arrival.ts'
import type { AuthState } from './auth-state.ts'
import type { depart, redirectUriOf } from './departure.ts'
import type { LoginOptions, PopupOptions } from './options.ts'
import type { Transaction } from './transactions.ts'

/** The steps of a sign-in that leaves this page where it is; handed in, so that this module brings nothing along. */
export interface Steps {
  readonly depart: typeof depart
  readonly receive: typeof receive
  readonly redirectUriOf: typeof redirectUriOf
  readonly beginSession: typeof beginSession
  readonly fault: typeof authError
}

async function arrive(application: Application, { receive, redirectUriOf, beginSession, fault }: Steps, state: string, parameters: URLSearchParams): Promise<AuthState<unknown>> {
  const arrived = await receive({ state, parameters, redirectUri: redirectUriOf(application.options) }, application.party)
  if (arrived === undefined) throw fault('state_mismatch', 'callback')
  return beginSession(application, arrived)
}

const HOUR = 3_600_000
let waiting: AbortController | undefined

/** Signs the user in in a window that is open already, unless the browser allowed none. */
export async function signInByPopup(popup: Window | null, prepared: Promise<void>, application: Application, steps: Steps, { signal, ...asked }: PopupOptions): Promise<AuthState<unknown>> {
  const { depart, fault } = steps
  if (popup === null) throw fault('popup_blocked', 'authorize')
  const closed = fault('popup_closed', 'authorize')
  waiting?.abort(closed)
  waiting = new AbortController()
  const ends = [waiting.signal, AbortSignal.timeout(HOUR), ...(signal === undefined ? [] : [signal])]
  try {
    await prepared
    const { url, state } = await depart(application, asked, 'awaited')
    // Only now does this prove anything: an issuer that isolates its pages makes an open window look closed.
    if (popup.closed) throw closed
    const response = awaitResponse(state, AbortSignal.any(ends))
    popup.location.replace(url)
    return await arrive(application, steps, state, await response)
  } catch (cause) {
    popup.close()
    throw cause instanceof DOMException ? fault(signal?.aborted === true ? 'aborted' : 'timeout', 'authorize', { cause }) : cause
  }
}

const PATIENCE = 10_000
const ASKED = 'latchkey.asked'

/** Asks the issuer who is signed in there, without a question to the user; `undefined` when nobody is. @spec OpenID Connect Core §3.1.2.1 */
export async function askIssuer(how: 'iframe' | 'redirect', application: Application, steps: Steps): Promise<AuthState<unknown> | undefined> {
  const { depart, fault } = steps
  const asked: LoginOptions = { extra: { prompt: 'none' } }
  if (how === 'redirect') {
    // Where the answer was no, this page has just come back.
    if (Date.now() - Number(sessionStorage.getItem(ASKED)) < PATIENCE) return undefined
    sessionStorage.setItem(ASKED, String(Date.now()))
    location.replace((await depart(application, asked, 'unasked')).url)
    return forever()
  }
  if (siteOf(application.party.issuer) !== siteOf(location.href)) throw fault('invalid_configuration', 'config', { hint: '`restore: iframe` needs an issuer on the same site' })
  const frame = document.createElement('iframe')
  try {
    const { url, state } = await depart(application, asked, 'awaited')
    const response = awaitResponse(state, AbortSignal.timeout(PATIENCE))
    frame.hidden = true
    frame.src = url.href
    document.body.append(frame)
    return await arrive(application, steps, state, await response)
  } catch (error) {
    if (error instanceof Error && 'oauth' in error) return undefined
    throw error instanceof DOMException ? fault('timeout', 'authorize', { cause: error, retryable: true }) : error
  } finally {
    frame.remove()
  }
}

// Without the list of public suffixes this lets some other sites pass; the browser gives those no cookies.
function siteOf(address: string): string {
  return new URL(address).hostname.split('.').slice(-2).join('.')
}

/** Brings a response to where it belongs. Settles only if it belongs to this page after all, because nobody waits for it any more. */
export async function meet({ state, parameters }: Arrival, { aside, returnTo }: Transaction): Promise<void> {
  if (aside === 'unasked') {
    if (!parameters.has('error')) return
    location.replace(returnTo)
  } else if (!await handOver(state, parameters)) return
  await forever()
}

function forever(): Promise<never> {
  return new Promise(() => undefined)
}

/** What the page at the redirect URI says to the window that waits, and that one back. */
type Word = { readonly response: string } | 'taken'

// The state is a secret of this sign-in. Unlike `opener`, a channel outlives an issuer that isolates its pages.
function channelOf(state: string): BroadcastChannel {
  return new BroadcastChannel(`latchkey ${state}`)
}

async function awaitResponse(state: string, signal: AbortSignal): Promise<URLSearchParams> {
  const channel = channelOf(state)
  return new Promise<URLSearchParams>((resolve, reject) => {
    channel.addEventListener('message', ({ data }) => {
      if (typeof data?.response !== 'string') return
      channel.postMessage('taken' satisfies Word)
      resolve(new URLSearchParams(data.response))
    })
    signal.addEventListener('abort', () => reject(signal.reason))
    signal.throwIfAborted()
  }).finally(() => channel.close())
}

/** Milliseconds in which a window that still waits takes its response. */
const PROMPTLY = 2000

async function handOver(state: string, parameters: URLSearchParams): Promise<boolean> {
  const channel = channelOf(state)
  const isTaken = await new Promise<boolean>(resolve => {
    channel.addEventListener('message', ({ data }) => data === 'taken' && resolve(true))
    setTimeout(() => resolve(false), PROMPTLY)
    channel.postMessage({ response: String(parameters) } satisfies Word)
  })
  channel.close()
  if (isTaken) close()
  return isTaken
}
