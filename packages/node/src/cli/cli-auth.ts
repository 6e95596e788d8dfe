import { authError, type Client, type ClientAuth, createClient, type CreateClientOptions, type DeviceAuthorization, type DeviceOptions, isAuthError, type TokenSet } from '@latchkey/client'
import { createRenewal } from '../session/renewal.ts'
import type { SessionRecord } from '../session/session-record.ts'
import { createSessionTokens, isDue } from '../session/session-tokens.ts'
import { loginByBrowser } from './browser-login.ts'
import { hasDisplay, type Machine, openInBrowser } from './browser-opener.ts'
import { type CliSession, memoryTokenStore, storedSession } from './cli-session.ts'
import type { TokenStore } from './file-store.ts'
import { qrCode } from './qr-code.ts'

/** A program that people run in a terminal. */
export interface CliAuthOptions extends Pick<CreateClientOptions, 'dpop' | 'timeout' | 'clockTolerance' | 'allowInsecureIssuer' | 'idTokenAlgorithms' | 'fetch' | 'now'> {
  /** The authorization server, spelled as it spells itself. */
  readonly issuer: string
  readonly clientId: string
  /** How the client proves who it is; a program that is handed out can keep no secret, so by default not at all. */
  readonly clientAuth?: ClientAuth
  /** Space-separated; `openid offline_access` unless given. */
  readonly scope?: string
  readonly resource?: string | readonly string[]
  /** Where tokens are kept between two runs, such as `fileStore`; without it they are forgotten. */
  readonly store?: TokenStore
  /** Permits tokens to be sent over `http:` beyond loopback. */
  readonly allowInsecureResources?: boolean
  /** The machine that the program runs on; found out unless given. */
  readonly machine?: Machine
}

/** What to show a user who signs in on another device. */
export interface DevicePrompt extends Omit<DeviceAuthorization, 'poll'> {
  /** The address as a QR code, with the user code in it when the issuer sends such an address. */
  qr(options?: Parameters<typeof qrCode>[1]): string
}

/** How a user signs in. */
export interface CliLoginOptions {
  /** By a browser on this machine, by another device, or by whichever there is; `auto` unless given. */
  readonly mode?: 'auto' | 'browser' | 'device'
  readonly signal?: AbortSignal
  /** Hears the address for the browser, to show it too. */
  readonly onBrowser?: (url: string) => void
  /** Hears what to show for a sign-in on another device; without it that is not offered. */
  readonly onDevice?: (prompt: DevicePrompt) => void
  /** Asks for the address that a browser elsewhere ended at; waits beside the browser, for people who work over SSH. */
  readonly paste?: () => Promise<string>
  /** Opens an address in a browser, and answers false when it cannot; the system's own way unless given. */
  readonly open?: (url: string) => Promise<boolean>
  /** Further parameters of the authorization request, by their registered names. */
  readonly extra?: Readonly<Record<string, string>>
  /** Waits between two questions about a device; a timer unless given. */
  readonly sleep?: NonNullable<DeviceOptions['sleep']>
}

/** The sign-in of a program in a terminal. Every method throws an `AuthError`. */
export interface CliAuth {
  /** Answers who is signed in, tokens renewed when they were due, or `undefined`. */
  session(): Promise<CliSession | undefined>
  /** Signs a user in, in place of whoever was. */
  login(options?: CliLoginOptions): Promise<CliSession>
  /** Signs out: gives the tokens back to the issuer, if it answers, and forgets them. */
  logout(): Promise<void>
}

/** Creates the sign-in of a program in a terminal; asks the issuer nothing before somebody signs in. @spec RFC 8252, RFC 8628 */
export function createCliAuth({ scope = 'openid offline_access', resource, store = memoryTokenStore(), allowInsecureResources = false, machine = process, ...options }: CliAuthOptions): CliAuth {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const client = createClient({ ...options, now })
  const place = storedSession(store, client)
  const renew = createRenewal(client)
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))

  function sessionOf(first: SessionRecord): CliSession {
    const { token, fetch, record } = createSessionTokens(place, first, { renew, now, fetch: send, dpop: options.dpop, allowInsecureResources })
    const { claims } = first.tokens
    return {
      token,
      fetch,
      ...(claims !== undefined && { claims }),
      async userinfo() {
        await token()
        return client.userinfo(record().tokens)
      },
    }
  }

  return {
    async session() {
      const record = await place.read()
      if (record === undefined || !isDue(record, now())) return record && sessionOf(record)
      if (record.tokens.refreshToken === undefined) return isDue(record, now(), 0) ? undefined : sessionOf(record)
      const renewed = await renew(place, record).catch((error: unknown) => {
        // Without a network the user is still who they were; the token is asked for again when it is used.
        if (isAuthError(error) && error.retryable) return record
        throw error
      })
      return renewed && sessionOf(renewed)
    },
    async login(login = {}) {
      const tokens = await obtain(client, { scope, resource }, machine, login)
      const record = { tokens, signedInAt: now(), expiresAt: Number.MAX_SAFE_INTEGER }
      await place.lock(() => place.write(record))
      return sessionOf(record)
    },
    async logout() {
      const record = await place.lock(async () => {
        const found = await place.read()
        await place.remove()
        return found
      })
      // The tokens are gone here; that the issuer does not answer must not bring them back.
      if (record !== undefined) await client.revoke(record.tokens).catch(() => undefined)
    },
  }
}

interface Wanted {
  readonly scope: string
  readonly resource: string | readonly string[] | undefined
}

async function obtain(client: Client, wanted: Wanted, machine: Machine, login: CliLoginOptions): Promise<TokenSet> {
  const { mode = 'auto', signal, onBrowser = () => undefined, onDevice, paste, extra, open = (url) => openInBrowser(url, machine) } = login
  const byBrowser = (opener = open) => loginByBrowser(client, { ...wanted, extra, signal, paste, onBrowser, open: opener })
  if (mode === 'browser') return byBrowser(hasDisplay(machine) || login.open !== undefined ? open : async () => false)
  const metadata = await client.discover(signal)
  const hasDevice = metadata.device_authorization_endpoint !== undefined && onDevice !== undefined
  if (mode === 'device') return byDevice(client, wanted, login)
  if (!hasDisplay(machine)) return hasDevice ? byDevice(client, wanted, login) : byBrowser(async () => false)
  if (!hasDevice) return byBrowser()
  try {
    return await byBrowser(async (url) => {
      if (await open(url)) return true
      throw new NoBrowser()
    })
  } catch (error) {
    if (error instanceof NoBrowser || isListenFailure(error)) return byDevice(client, wanted, login)
    throw error
  }
}

/** No browser could be opened, which another device makes up for. */
class NoBrowser extends Error {}

function isListenFailure(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen'
}

async function byDevice(client: Client, { scope, resource }: Wanted, { signal, onDevice, sleep }: CliLoginOptions): Promise<TokenSet> {
  if (onDevice === undefined) throw authError('invalid_configuration', 'config', { hint: 'onDevice is missing: nobody would see the code' })
  const { poll, ...shown } = await client.device({ scope, ...(resource !== undefined && { resource }), ...(signal !== undefined && { signal }), ...(sleep !== undefined && { sleep }) })
  onDevice({ ...shown, qr: (options) => qrCode(shown.verificationUriComplete ?? shown.verificationUri, options) })
  return poll()
}
