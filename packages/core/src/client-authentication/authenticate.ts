import type { Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import type { Client } from '../client/metadata.ts'
import type { ClientAuthenticationMethod } from '../registry/authentication-methods.ts'
import type { ClientCredentials } from './credentials.ts'
import { provesSecret } from './client-secret.ts'

type Proof = (credentials: ClientCredentials, client: Client, now: Instant) => Refusal | undefined

/** One row for each way to authenticate: what makes it fail. */
const METHODS = {
  none: () => undefined,
  client_secret_basic: provesSecret,
  client_secret_post: provesSecret,
} as const satisfies Record<ClientAuthenticationMethod, Proof>

/** The client, if the credentials prove that the caller is it. @spec RFC 6749 §2.3, RFC 7591 §2 */
export function authenticate(credentials: ClientCredentials, client: Client | undefined, now: Instant): Client | Refusal {
  if (client === undefined) return refuse('client_unknown')
  if (!client.enabled) return refuse('client_disabled', { client_id: client.client_id })
  if (credentials.method !== client.token_endpoint_auth_method) {
    return refuse('client_authentication_method_mismatch', { client_id: client.client_id, used: credentials.method, registered: client.token_endpoint_auth_method })
  }
  const proof: Proof = METHODS[credentials.method]
  return proof(credentials, client, now) ?? client
}
