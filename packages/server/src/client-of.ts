import { authenticate, type Client, type Form, isRefusal, parseClientCredentials, type Refusal } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'

/** The client that a request proves to come from. @spec RFC 6749 §2.3 */
export async function authenticateClient(http: Request, form: Form, server: AuthorizationServer): Promise<Client | Refusal> {
  const credentials = parseClientCredentials(http.headers.get('authorization') ?? undefined, form)
  if (isRefusal(credentials)) return credentials
  return authenticate(credentials, await server.clients.find(credentials.client_id), server.clock())
}
