import type { ReturnAddress } from '../authorization/return-address.ts'
import type { Client } from '../client/metadata.ts'
import { CONTENT_ENCRYPTIONS, type ContentEncryption, type KeyEncryption } from '../registry/encryption.ts'

/** A token that is to be encrypted to a key of its client. */
export interface EncryptionPlan {
  readonly client_id: string
  readonly alg: KeyEncryption
  readonly enc: ContentEncryption
  /** Where the client is told when no key of it is to be had, for a token of the front channel. */
  readonly returnTo?: ReturnAddress
}

/** How the ID Tokens of a client are encrypted, `undefined` for not at all. @spec OpenID Connect Core §10.2, OpenID Connect Dynamic Client Registration §2 */
export function idTokenEncryption(client: Client, returnTo?: ReturnAddress): EncryptionPlan | undefined {
  const plan = planOf(client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc)
  return plan === undefined || returnTo === undefined ? plan : { ...plan, returnTo }
}

/** How a client's answers from userinfo are encrypted, `undefined` for not at all. @spec OpenID Connect Core §5.3.2, OpenID Connect Dynamic Client Registration §2 */
export function userinfoEncryption(client: Client): EncryptionPlan | undefined {
  return planOf(client, client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc)
}

function planOf({ client_id }: Client, alg: KeyEncryption | undefined, enc: ContentEncryption = CONTENT_ENCRYPTIONS[0]): EncryptionPlan | undefined {
  return alg === undefined ? undefined : { client_id, alg, enc }
}
