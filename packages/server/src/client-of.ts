import { assertClient, type AssertionCredentials, authenticate, type Client, claimedClient, type Form, isAssertion, isRefusal, parseClientCredentials, type Refusal } from '@latchkey/core'
import type { Exchange } from './authorization-server.ts'
import { clientJwt } from './client-jwt.ts'
import { settle } from './settle.ts'

/** The client that a request proves to come from. @spec RFC 6749 §2.3 */
export async function authenticateClient(form: Form, exchange: Exchange): Promise<Client | Refusal> {
  const { http, server, address } = exchange
  const credentials = parseClientCredentials(http.headers.get('authorization') ?? undefined, form)
  if (isRefusal(credentials)) return credentials
  const client = claimedClient(credentials, await server.clients.find(credentials.client_id))
  if (isRefusal(client)) return client
  if (credentials.method === 'none') return authenticate(credentials, client, server.clock())
  const throttled = server.clientGuesses.refusal(client.client_id, address)
  if (throttled !== undefined) return throttled
  const outcome = isAssertion(credentials) ? await assertedClient(credentials, client, exchange) : authenticate(credentials, client, server.clock())
  server.clientGuesses.note(credentials, address, outcome)
  return outcome
}

/** The assertion is spent before anything else is asked for, so that none is good for two requests. */
async function assertedClient(credentials: AssertionCredentials, client: Client, { server, endpoint }: Exchange): Promise<Client | Refusal> {
  const { token_endpoint, [`${endpoint}_endpoint`]: called } = server.endpoints
  const audience = { issuer: server.catalogue.issuer, endpoints: [token_endpoint, called].filter((url) => url !== undefined) }
  const verified = clientJwt(credentials.assertion, client, { algorithms: [credentials.alg], types: ASSERTION_TYPES, secrets: client.secrets }, server)
  const decision = await settle(assertClient(credentials, client, audience, () => verified), server)
  return isRefusal(decision) ? decision : client
}

/** The media types that a client's assertion may declare; those of other JWTs that it signs are none. @spec RFC 8725 §3.11 */
const ASSERTION_TYPES: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt']
