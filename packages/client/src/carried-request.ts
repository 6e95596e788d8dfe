import { decidePushedRequest, type ServerMetadata } from '@latchkey/core/relying-party'
import { issueRequestObject } from 'oauth4webapi'
import type { AuthorizationUrl } from './authorization.ts'
import type { SigningKey } from './client-auth.ts'
import { accept } from './refused.ts'
import type { RelyingParty } from './relying-party.ts'
import { submit, type GrantParameters } from './token-endpoint.ts'

/** Signs an authorization request; answers the request object. */
export type RequestSigner = (parameters: URLSearchParams, metadata: ServerMetadata, clientId: string) => Promise<string>

/** How an authorization request travels. */
export interface RequestCarriage {
  /** When it is pushed: where the issuer requires it, which is the default, always, or never. @spec RFC 9126 §2 */
  readonly par?: 'auto' | 'always' | 'never' | undefined
  /** Signs it; made by `signedRequests`. @spec RFC 9101 §4 */
  readonly signRequest?: RequestSigner | undefined
  readonly signal?: AbortSignal | undefined
}

/** Signs authorization requests, so that nobody between browser and issuer can change them. @spec RFC 9101 §4 */
export function signedRequests(key: CryptoKey | SigningKey): RequestSigner {
  return (parameters, { issuer }, client_id) => issueRequestObject({ issuer }, { client_id }, parameters, key)
}

/** Has the browser carry an authorization request in its signed form, or only the name under which it was pushed. @spec RFC 9101 §5, RFC 9126 §4 */
export async function carriedRequest(party: RelyingParty, { url, pending }: AuthorizationUrl, { par = 'auto', signRequest, signal }: RequestCarriage): Promise<AuthorizationUrl> {
  const metadata = await party.discover(signal)
  const isPushed = par === 'always' || (par === 'auto' && metadata['require_pushed_authorization_requests'] === true)
  if (!isPushed && signRequest === undefined) return { url, pending }
  // What the address of the endpoint says by itself is no part of the request.
  const address = new URL(metadata.authorization_endpoint ?? url)
  const plain = new URLSearchParams([...url.searchParams].slice(address.searchParams.size))
  const client_id = party.clientId
  const signed = signRequest === undefined ? plain : new URLSearchParams({ client_id, request: await signRequest(plain, metadata, client_id) })
  const carried = isPushed ? { client_id, request_uri: await push(party, metadata, signed, signal) } : Object.fromEntries(signed)
  for (const [name, value] of Object.entries(carried)) address.searchParams.append(name, value)
  return { url: address, pending }
}

async function push(party: RelyingParty, metadata: ServerMetadata, parameters: URLSearchParams, signal: AbortSignal | undefined): Promise<string> {
  const grouped: GrantParameters = Object.fromEntries([...parameters.keys()].map(name => [name, parameters.getAll(name)]))
  const { body } = await submit(metadata, 'pushed_authorization_request_endpoint', grouped, 'authorize', party, signal)
  return accept(decidePushedRequest(body), 'authorize').request_uri
}
