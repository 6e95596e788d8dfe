import { authenticate, type Client, type Form, isRefusal, parseClientCredentials, type Refusal } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'

/** The client that a request proves to come from. @spec RFC 6749 §2.3 */
export function authenticateClient(http: Request, form: Form, server: AuthorizationServer): Client | Refusal {
  const credentials = parseClientCredentials(http.headers.get('authorization') ?? undefined, form)
  if (isRefusal(credentials)) return credentials
  return authenticate(credentials, server.clients.get(credentials.client_id), server.clock())
}
