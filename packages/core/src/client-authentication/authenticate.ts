import type { Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import type { Client } from '../client/metadata.ts'
import type { ClientCredentials, SecretCredentials } from './credentials.ts'
import { provesSecret } from './client-secret.ts'

type Proof = (credentials: SecretCredentials, client: Client, now: Instant) => Refusal | undefined

/** One row for each way to authenticate by what is in the request alone: what makes it fail. Assertions are in a file of their own. */
const METHODS = {
  none: () => undefined,
  client_secret_basic: provesSecret,
  client_secret_post: provesSecret,
} as const satisfies Record<SecretCredentials['method'], Proof>

/** The client whom the credentials name, if it may authenticate like that. Nothing is proved yet. @spec RFC 6749 §2.3, RFC 7591 §2 */
export function claimedClient(credentials: ClientCredentials, client: Client | undefined): Client | Refusal {
  if (client === undefined) return refuse('client_unknown')
  if (!client.enabled) return refuse('client_disabled', { client_id: client.client_id })
  if (credentials.method !== client.token_endpoint_auth_method) {
    return refuse('client_authentication_method_mismatch', { client_id: client.client_id, used: credentials.method, registered: client.token_endpoint_auth_method })
  }
  return client
}

/** The client, if the credentials prove that the caller is it. @spec RFC 6749 §2.3, RFC 7591 §2 */
export function authenticate(credentials: SecretCredentials, client: Client, now: Instant): Client | Refusal {
  const proof: Proof = METHODS[credentials.method]
  return proof(credentials, client, now) ?? client
}
