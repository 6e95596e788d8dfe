import type { Instant } from '../brand.ts'
import { refuse, type Refusal } from '../decision.ts'
import { digest, sameDigest } from '../digest.ts'
import type { Client } from '../client/metadata.ts'
import type { SecretCredentials } from './credentials.ts'

/** What is wrong with a client secret; `undefined` when it is one of the client's. An empty secret never is. @spec RFC 6749 §2.3.1 */
export function provesSecret(credentials: SecretCredentials, client: Client, now: Instant): Refusal | undefined {
  const facts = { client_id: client.client_id }
  if (credentials.secret === undefined || credentials.secret === '') return refuse('client_secret_wrong', facts)
  const offered = digest(credentials.secret)
  const match = client.secrets.find((secret) => sameDigest(secret.digest, offered))
  if (match === undefined) return refuse('client_secret_wrong', facts)
  return match.expiresAt !== undefined && match.expiresAt <= now ? refuse('client_secret_expired', facts) : undefined
}
