import { CONTENT_ENCRYPTIONS, KEY_ENCRYPTIONS } from '../../registry/encryption.ts'
import { encryptionKeyAmong } from '../encryption-key.ts'
import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import type { Abilities, ClientMetadata } from '../registration.ts'

/** What is wrong with how a client wants its answers from userinfo signed. @spec OpenID Connect Dynamic Client Registration §2 */
export function userinfoRule({ userinfo_signed_response_alg: alg }: Client, _: ClientMetadata, { algorithms }: Abilities): readonly Finding[] {
  return when(alg !== undefined && !algorithms.includes(alg), 'userinfo_signed_response_alg', `the server has no key for ${alg}`, `use one of ${algorithms.join(', ')}, or add the algorithm to keys.algorithms`)
}

/** What is wrong with how a client wants its tokens encrypted. @spec OpenID Connect Dynamic Client Registration §2, OpenID Connect Core §10.2 */
export function encryptionRule(client: Client): readonly Finding[] {
  return [...encryptionFindings('id_token', client), ...encryptionFindings('userinfo', client)]
}

function encryptionFindings(what: 'id_token' | 'userinfo', client: Client): readonly Finding[] {
  const [algName, encName] = [`${what}_encrypted_response_alg`, `${what}_encrypted_response_enc`] as const
  const { [algName]: alg, [encName]: enc, jwks, jwks_uri } = client
  const [algs, encs]: readonly (readonly string[])[] = [KEY_ENCRYPTIONS, CONTENT_ENCRYPTIONS]
  const isKnown = alg !== undefined && algs?.includes(alg) === true
  return [
    ...when(alg !== undefined && !isKnown, algName, `${alg} is not supported`, `use one of ${KEY_ENCRYPTIONS.join(', ')}`),
    ...when(enc !== undefined && encs?.includes(enc) !== true, encName, `${enc} is not supported`, `use one of ${CONTENT_ENCRYPTIONS.join(', ')}`),
    ...when(enc !== undefined && alg === undefined, encName, `stands without ${algName}`, `add ${algName}, or remove it`),
    ...when(isKnown && jwks_uri === undefined && encryptionKeyAmong(jwks?.keys ?? [], alg) === undefined, algName, `no key in jwks fits ${alg}`, 'add a public key for encryption to jwks, or name jwks_uri'),
  ]
}
