import { isAuthError } from '@latchkey/client/parts'
import type { FetchOrigin } from './options.ts'
import type { Carry } from './dpop.ts'
import type { TokenSource } from './token-source.ts'

/**
 * A `fetch` that sends the token to the origins listed and nowhere else, and asks once more with a fresh token when one answers 401.
 * Without a session a listed origin is not asked at all: `login_required`.
 */
export function authorizedFetch(origins: ReadonlyMap<string, FetchOrigin>, source: TokenSource, send: typeof fetch, carrier: () => Carry | undefined): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const target = origins.get(new URL(request.url).origin)
    if (target === undefined || request.headers.has('authorization')) return send(request)
    const carry = carrier() ?? asBearer
    const wanted = { ...target, signal: request.signal }
    const token = await source.token(wanted)
    // A stream can be sent once only.
    const again = init?.body instanceof ReadableStream ? undefined : request.clone()
    const response = await carry(request, token.token, send, again !== undefined)
    if (response.status !== 401 || again === undefined) return response
    try {
      const fresh = await source.replace(token, wanted)
      void response.body?.cancel().catch(() => undefined)
      return await carry(again, fresh.token, send, true)
    } catch (error) {
      if (isAuthError(error)) return response
      throw error
    }
  }
}

const asBearer: Carry = (request, token, send) => {
  request.headers.set('authorization', `Bearer ${token}`)
  return send(request)
}
