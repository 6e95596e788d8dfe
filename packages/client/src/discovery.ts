import { decideServerMetadata, isUsableUrl, type ServerMetadata } from '@latchkey/core/relying-party'
import { asAuthError, authError, isAuthError } from './auth-error.ts'
import { exchange, statusError, until, type ExchangeOptions } from './exchange.ts'
import { accept } from './refused.ts'

/** An issuer and how far it is trusted. */
export interface IssuerOptions extends ExchangeOptions {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** Throws unless the issuer is an https URL, or http on this machine, without query and fragment. */
export function requireIssuer({ issuer, allowInsecureIssuer }: Pick<IssuerOptions, 'issuer' | 'allowInsecureIssuer'>): void {
  const usable = (allowInsecure: boolean): boolean => isUsableUrl(issuer, { allowInsecure, allowLoopback: true })
  if (!usable(true) || /[?#]/.test(issuer)) throw authError('invalid_configuration', 'config', { hint: 'issuer' })
  if (!usable(allowInsecureIssuer)) throw authError('insecure_issuer', 'config')
}

/** Fetches and judges the issuer's metadata: OpenID Connect Discovery first, RFC 8414 if there is none. @spec OpenID Connect Discovery §4, RFC 8414 §3.1 */
async function fetchMetadata(options: IssuerOptions, signal?: AbortSignal): Promise<ServerMetadata> {
  const { issuer, allowInsecureIssuer } = options
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const addresses = [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
  for (const address of addresses) {
    const { status, body } = await exchange(address, { headers: { accept: 'application/json' } }, 'discovery', options, signal)
    if (status === 404) continue
    if (status !== 200) throw statusError('discovery_failed', 'discovery', status)
    return accept(decideServerMetadata(body, { issuer, allowInsecure: allowInsecureIssuer }), 'discovery').metadata
  }
  throw statusError('discovery_failed', 'discovery', 404, `nothing at ${addresses.join(' or ')}`)
}

const KEPT_FOR = 3600

/** A memory of the issuer's metadata: one request at a time, kept for an hour, and beyond that only while the issuer does not answer. */
export function rememberMetadata(options: IssuerOptions): (signal?: AbortSignal) => Promise<ServerMetadata> {
  let known: { readonly metadata: ServerMetadata; readonly until: number } | undefined
  let asking: Promise<ServerMetadata> | undefined
  const { now } = options
  const ask = async (): Promise<ServerMetadata> => {
    try {
      const metadata = await fetchMetadata(options)
      known = { metadata, until: now() + KEPT_FOR }
      return metadata
    } catch (error) {
      if (known !== undefined && isAuthError(error) && error.retryable) return known.metadata
      throw error
    } finally {
      asking = undefined
    }
  }
  return async signal => {
    if (known !== undefined && now() < known.until) return known.metadata
    // The request is shared, so one caller's signal may not end it for the others.
    const shared = asking ??= ask()
    return signal === undefined ? shared : until(signal, shared).catch((cause: unknown) => {
      throw asAuthError(cause, 'aborted', 'discovery')
    })
  }
}
