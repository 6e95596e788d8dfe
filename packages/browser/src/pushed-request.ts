import type { authError, RelyingParty, ServerMetadata, submit } from '@latchkey/client/parts'

/** Sends an authorization request beforehand; answers the address by which the browser carries only its name. @spec RFC 9126 §2, §4 */
export async function pushRequest(url: URL, metadata: ServerMetadata, party: RelyingParty, send: typeof submit, fault: typeof authError): Promise<URL> {
  const { searchParams } = url
  const form = Object.fromEntries([...searchParams.keys()].map(name => [name, searchParams.getAll(name)]))
  const { body } = await send(metadata, 'pushed_authorization_request_endpoint', form, 'authorize', party)
  if (typeof body !== 'object' || body === null || !('request_uri' in body) || typeof body.request_uri !== 'string' || body.request_uri === '') {
    throw fault('pushed_response_malformed', 'authorize')
  }
  const address = new URL(url)
  address.search = String(new URLSearchParams({ client_id: party.clientId, request_uri: body.request_uri }))
  return address
}
