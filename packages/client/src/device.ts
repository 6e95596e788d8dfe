import { decideDeviceAuthorization, pauseBeforePoll, pollingAfter, type AcceptedDeviceAuthorization, type DevicePolling, type PollOutcome } from '@latchkey/core/relying-party'
import { authError, isAuthError } from './auth-error.ts'
import { until } from './exchange.ts'
import { accept } from './refused.ts'
import { assemble, judgeIdToken, obtain, type RelyingParty } from './relying-party.ts'
import { submit, type GrantParameters } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** What can be asked for by a device. */
export interface DeviceOptions {
  /** Space-separated; `openid` by default. */
  readonly scope?: string
  readonly resource?: string | readonly string[]
  /** Ends the asking and the polling. */
  readonly signal?: AbortSignal
  /** Waits some seconds; a timer by default. */
  readonly sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>
}

/** What to show the user, and how to wait for them. */
export interface DeviceAuthorization {
  readonly userCode: string
  readonly verificationUri: string
  /** The address with the code in it, for a QR code; not every issuer sends one. */
  readonly verificationUriComplete?: string
  /** Seconds since the epoch, by this machine's clock. */
  readonly expiresAt: number
  /**
   * Asks until there are tokens; asking twice waits for the same. Failures that may pass are outlived by asking ever more rarely.
   * Throws `access_denied` when the user says no, `expired_token` when nobody answers in time, `aborted`, and what the issuer holds against the request.
   */
  poll(): Promise<TokenSet>
}

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Asks for a sign-in on another device. @spec RFC 8628 §3.1 */
export async function device(party: RelyingParty, { scope = 'openid', resource, signal, sleep = sleepFor }: DeviceOptions = {}): Promise<DeviceAuthorization> {
  const metadata = await party.discover(signal)
  const sentAt = party.now()
  const { body } = await submit(metadata, 'device_authorization_endpoint', { scope, resource }, 'authorize', party, signal)
  const accepted = accept(decideDeviceAuthorization(body, { allowInsecure: party.allowInsecureIssuer, allowLoopback: party.issuer.startsWith('http:') }), 'authorize')
  const { user_code, verification_uri, verification_uri_complete, expires_in } = accepted
  const expiresAt = sentAt + expires_in
  let polling: Promise<TokenSet> | undefined
  return {
    userCode: user_code, verificationUri: verification_uri, expiresAt,
    ...(verification_uri_complete !== undefined && { verificationUriComplete: verification_uri_complete }),
    poll: () => polling ??= pollUntil(expiresAt, party, accepted, { scope, resource, signal, sleep }),
  }
}

interface PollOptions {
  readonly scope: string
  readonly resource: GrantParameters[string]
  readonly signal: AbortSignal | undefined
  readonly sleep: NonNullable<DeviceOptions['sleep']>
}

async function pollUntil(expiresAt: number, party: RelyingParty, { device_code, interval }: AcceptedDeviceAuthorization, { scope, resource, signal, sleep }: PollOptions): Promise<TokenSet> {
  let polling: DevicePolling = { interval, unanswered: 0 }
  for (;;) {
    await pause(Math.min(pauseBeforePoll(polling), expiresAt - party.now()), sleep, signal)
    if (party.now() >= expiresAt) throw authError('expired_token', 'token', { hint: 'nobody entered the code in time' })
    const granted = await poll(party, { device_code, resource }, scope, signal)
    if (typeof granted !== 'string') return granted
    polling = pollingAfter(polling, granted)
  }
}

/** The tokens, or why it is worth asking again. */
async function poll(party: RelyingParty, parameters: GrantParameters, scope: string, signal: AbortSignal | undefined): Promise<TokenSet | PollOutcome> {
  try {
    const obtained = await obtain(party, GRANT, parameters, 'token', signal, scope)
    const claims = await judgeIdToken(party, obtained, {}, 'token')
    if (claims === undefined && scope.split(' ').includes('openid')) throw authError('id_token_missing', 'token')
    return assemble(party, obtained, claims)
  } catch (error) {
    if (isAuthError(error, 'authorization_pending', 'slow_down')) return error.code
    if (isAuthError(error) && error.retryable) return 'unanswered'
    throw error
  }
}

async function pause(seconds: number, sleep: PollOptions['sleep'], signal: AbortSignal | undefined): Promise<void> {
  try {
    signal?.throwIfAborted()
    if (seconds > 0) await (signal === undefined ? sleep(seconds) : until(signal, sleep(seconds, signal)))
  } catch (cause) {
    throw signal?.aborted === true ? authError('aborted', 'token', { cause }) : cause
  }
}

async function sleepFor(seconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, seconds * 1000)
    signal?.addEventListener('abort', end, { once: true })
  })
}
