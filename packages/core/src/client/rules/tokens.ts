import { SIGNING_ALGORITHMS } from '../../registry/algorithms.ts'
import { isReservedClaim } from '../../registry/claims.ts'
import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import type { Abilities, ClientMetadata } from '../registration.ts'

/** What is wrong with how a client wants its tokens signed. @spec OpenID Connect Dynamic Client Registration §2 */
export function signingRule({ id_token_signed_response_alg: alg }: Client, _: ClientMetadata, { algorithms }: Abilities): readonly Finding[] {
  const known: readonly string[] = SIGNING_ALGORITHMS
  return when(!known.includes(alg) || !algorithms.includes(alg), 'id_token_signed_response_alg', `the server has no key for ${alg}`, `use one of ${algorithms.join(', ')}, or add the algorithm to keys.algorithms`)
}

/** What is wrong with the claims about a client. */
export function claimsRule({ claims = {}, policy }: Client): readonly Finding[] {
  const ours = Object.keys(claims).map((name) => `${policy.clientClaimsPrefix}${name}`).find(isReservedClaim)
  return when(ours !== undefined, 'claims', `${ours} is a claim that the server makes itself`, 'give it another name, or set policy.clientClaimsPrefix')
}
