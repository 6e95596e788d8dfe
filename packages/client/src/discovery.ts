import { decideServerMetadata, isUsableUrl, type ServerMetadata } from '@latchkey/core/relying-party'
import { AuthError } from './auth-error.ts'
import { exchange, type ExchangeOptions } from './exchange.ts'
import { accept } from './refused.ts'

/** An issuer and how far it is trusted. */
export interface IssuerOptions extends ExchangeOptions {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
}

/** Throws unless the issuer is an https URL, or http on this machine, without query and fragment. */
export function requireIssuer({ issuer, allowInsecureIssuer }: Pick<IssuerOptions, 'issuer' | 'allowInsecureIssuer'>): void {
  const usable = (allowInsecure: boolean): boolean => isUsableUrl(issuer, { allowInsecure, allowLoopback: true })
  if (!usable(true) || /[?#]/.test(issuer)) throw new AuthError('`issuer` is not a URL without query and fragment', { code: 'invalid_configuration', phase: 'config' })
  if (!usable(allowInsecureIssuer)) {
    throw new AuthError('the issuer is not https', {
      code: 'insecure_issuer', phase: 'config', hint: 'Plain http is allowed on loopback only. For a closed test network there is `allowInsecureIssuer`.',
    })
  }
}

/** Fetches and judges the issuer's metadata: OpenID Connect Discovery first, RFC 8414 if there is none. */
async function fetchMetadata(options: IssuerOptions, signal?: AbortSignal): Promise<ServerMetadata> {
  const { issuer, allowInsecureIssuer } = options
  for (const address of wellKnown(issuer)) {
    const send = (fetch: (url: string, init: RequestInit) => Promise<Response>, signal: AbortSignal): Promise<Response> =>
      fetch(address, { headers: { accept: 'application/json' }, signal })
    const { status, body } = await exchange(send, 'discovery', options, signal)
    if (status === 404) continue
    if (status !== 200) throw new AuthError(`discovery was answered with status ${status}`, { code: 'discovery_failed', phase: 'discovery', status, retryable: status >= 500 || status === 429 })
    return accept(decideServerMetadata(body, { issuer, allowInsecure: allowInsecureIssuer }), 'discovery').metadata
  }
  throw new AuthError('the issuer has no discovery document', { code: 'discovery_failed', phase: 'discovery', status: 404, hint: `Looked at ${wellKnown(issuer).join(' and ')}.` })
}

/** @spec OpenID Connect Discovery §4, RFC 8414 §3.1 */
function wellKnown(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
}

const KEPT_FOR = 3600

/** A memory of the issuer's metadata: one request at a time, kept for an hour, and beyond that only while the issuer does not answer. */
export function rememberMetadata(options: IssuerOptions, now: () => number): (signal?: AbortSignal) => Promise<ServerMetadata> {
  let known: { readonly metadata: ServerMetadata; readonly until: number } | undefined
  let asking: Promise<ServerMetadata> | undefined
  const ask = async (): Promise<ServerMetadata> => {
    try {
      const metadata = await fetchMetadata(options)
      known = { metadata, until: now() + KEPT_FOR }
      return metadata
    } catch (error) {
      if (known !== undefined && error instanceof AuthError && error.retryable) return known.metadata
      throw error
    } finally {
      asking = undefined
    }
  }
  return async signal => {
    if (known !== undefined && now() < known.until) return known.metadata
    // The request is shared, so one caller's signal may not end it for the others.
    asking ??= ask()
    return signal === undefined ? asking : Promise.race([asking, abortOf(signal)])
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new AuthError('the call was aborted', { code: 'aborted', phase: 'discovery', cause: signal.reason }))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
