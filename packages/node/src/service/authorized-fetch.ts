import { type AccessToken, AuthError, type Dpop } from '@latchkey/client'
import { namesLoopback } from '../http/endpoint-url.ts'
import type { Report } from './token-events.ts'
import type { TokenWish } from './token-source.ts'

/** What a fetch that carries tokens works with. */
export interface AuthorizedFetchOptions {
  readonly fetch: typeof fetch
  readonly find: (wish: TokenWish) => Promise<AccessToken>
  readonly forget: (token: string) => Promise<void>
  readonly report: Report
  readonly allowInsecureResources: boolean
  /** Proves that tokens bound to a key are used by whoever holds it. */
  readonly dpop?: Dpop | undefined
}

/**
 * Creates a fetch that sends each request with a token, or not at all. A 401 is answered by one retry with another token,
 * unless the body was a stream and is spent; so is a resource server's wish for a nonce. Redirects are returned, not followed, because the token must not travel on.
 * @spec RFC 6750 §2.1, RFC 9449 §7.1, §9
 */
export function createAuthorizedFetch({ fetch, find, forget, report, allowInsecureResources, dpop }: AuthorizedFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.protocol !== 'https:' && !allowInsecureResources && !namesLoopback(url)) throw insecure(url)
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const send = ({ type, token }: AccessToken) => {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
      headers.set('authorization', `${type} ${token}`)
      const sendProven = (proof?: string) => {
        if (proof !== undefined) headers.set('dpop', proof)
        return fetch(input, { ...init, headers, redirect: init?.redirect === 'error' ? 'error' : 'manual' })
      }
      if (type === 'Bearer') return sendProven()
      if (dpop === undefined) throw new AuthError('the token is bound to a key that is not here', { code: 'invalid_configuration', phase: 'resource' })
      return dpop.send({ method: method.toUpperCase(), url: url.href, accessToken: token }, sendProven, sendsTwice(input, init))
    }

    const first = await find({ signal })
    const response = await send(first)
    if (response.status !== 401) return response
    const retried = sendsTwice(input, init)
    report({ type: 'token_rejected', origin: url.origin, retried })
    if (!retried) {
      await forget(first.token)
      return response
    }
    await response.body?.cancel()
    return send(await find({ signal, rejected: first.token }))
  }
}

function sendsTwice(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  const body = init?.body ?? undefined
  if (body === undefined) return !(input instanceof Request && input.body !== null)
  if (typeof body === 'string' || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true
  return body instanceof Blob || body instanceof FormData || body instanceof URLSearchParams
}

function insecure(url: URL): AuthError {
  return new AuthError(`a token is not sent to ${url.origin} in clear text`, {
    code: 'origin_not_allowed',
    phase: 'resource',
    hint: 'Use https. Inside a network that encrypts by itself there is `allowInsecureResources`.',
  })
}
