import { isHybrid, type PendingAuthorization } from '@latchkey/core/relying-party'
import { authError, isAuthError } from './auth-error.ts'
import { readText, type ExchangeOptions } from './exchange.ts'

/** An authorization response: the address or the request that the user's browser came back with, or its parameters already read. */
export type AuthorizationResponse = URL | URLSearchParams | Request

/** Reads the parameters from where they were asked for, and from nowhere else. Throws `response_malformed`. @spec OAuth 2.0 Form Post Response Mode §2 */
export async function readParameters(response: AuthorizationResponse, pending: PendingAuthorization, options: ExchangeOptions, signal?: AbortSignal): Promise<URLSearchParams> {
  if (response instanceof URLSearchParams) return response
  const expected = placeOf(pending)
  if (response instanceof URL) {
    if (expected === 'form_post') throw malformed('a form was expected')
    return expected === 'query' ? response.searchParams : new URLSearchParams(response.hash.slice(1))
  }
  if (expected === 'query') {
    if (response.method === 'GET') return new URL(response.url).searchParams
    throw malformed('a GET request was expected')
  }
  if (expected === 'fragment') throw malformed('no fragment arrives at a server')
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (response.method !== 'POST' || type !== 'application/x-www-form-urlencoded') throw malformed('a form was expected')
  return new URLSearchParams(await readForm(response, options, signal))
}

function placeOf(pending: PendingAuthorization): string {
  const place = pending.response_mode?.replace(/\.?jwt$/, '')
  return place || (isHybrid(pending) ? 'fragment' : 'query')
}

async function readForm(request: Request, { timeout }: ExchangeOptions, caller?: AbortSignal): Promise<string> {
  const deadline = AbortSignal.timeout(timeout * 1000)
  try {
    return await readText(request, caller === undefined ? deadline : AbortSignal.any([deadline, caller]), 'callback')
  } catch (cause) {
    if (isAuthError(cause)) throw cause
    if (caller?.aborted === true) throw authError('aborted', 'callback', { cause })
    throw authError(deadline.aborted ? 'timeout' : 'response_malformed', 'callback', { cause })
  }
}

function malformed(hint: string): Error {
  return authError('response_malformed', 'callback', { hint })
}
