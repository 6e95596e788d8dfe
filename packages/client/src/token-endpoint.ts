import { isJsonRecord, parseOAuthError, type OAuthErrorResponse, type ServerMetadata } from '@latchkey/core/relying-party'
import { authError, type AuthError, type AuthPhase } from './auth-error.ts'
import type { ClientAuth } from './client-auth.ts'
import type { Dpop } from './dpop.ts'
import { exchange, statusError, type Answer, type ExchangeOptions } from './exchange.ts'
import { issuerError } from './refused.ts'

/** Form parameters by their registered names; a list becomes a repeated parameter, `undefined` is left out. */
export type GrantParameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** Who asks a token endpoint, and how. */
export interface TokenEndpointOptions extends ExchangeOptions {
  readonly clientId: string
  readonly clientAuth: ClientAuth
  readonly dpop?: Dpop
}

/** The address of an endpoint, from metadata that was accepted. Throws `endpoint_missing`. */
export function endpointOf(metadata: ServerMetadata, name: `${string}_endpoint`, phase: AuthPhase): string {
  const endpoint = metadata[name]
  if (typeof endpoint === 'string') return endpoint
  throw authError('endpoint_missing', phase, { hint: name })
}

/** Sends a form to an endpoint at which the client proves itself. Throws unless the answer is a success. */
export async function submit(
  metadata: ServerMetadata, name: `${string}_endpoint`, parameters: GrantParameters, phase: AuthPhase, options: TokenEndpointOptions, signal?: AbortSignal,
): Promise<Answer> {
  const endpoint = endpointOf(metadata, name, phase)
  // Made anew for each try, because an assertion of the client counts once.
  const send = async (proof?: string): Promise<Answer> => {
    const body = formOf(parameters)
    const headers = new Headers({ accept: 'application/json' })
    if (proof !== undefined) headers.set('dpop', proof)
    await options.clientAuth({ issuer: metadata.issuer }, { client_id: options.clientId }, body, headers)
    return exchange(endpoint, { method: 'POST', headers, body }, phase, options, signal)
  }
  const answer = await ((name === 'token_endpoint' && options.dpop?.send({ method: 'POST', url: endpoint }, send)) || send())
  if (!answer.ok) throw refusedBy(answer, phase)
  return answer
}

/** The {@link AuthError} for an answer that is not a success; its body holds the issuer's error, unless it was found elsewhere. */
export function refusedBy({ status, body }: Answer, phase: AuthPhase, found?: OAuthErrorResponse): AuthError {
  const oauth = found ?? (isJsonRecord(body) ? parseOAuthError(body) : undefined)
  if (oauth !== undefined) return issuerError(oauth, phase, status)
  return statusError('http_error', phase, status)
}

function formOf(parameters: GrantParameters): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value ?? []].flat()) form.append(name, one)
  }
  return form
}
