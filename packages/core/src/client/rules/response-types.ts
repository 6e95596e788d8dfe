import { carries, type ResponseType } from '../../registry/response-types.ts'
import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'

interface Possible {
  readonly response_types: readonly ResponseType[]
}

/** Which grant types a response type belongs to. @spec RFC 7591 §2.1, OpenID Connect Dynamic Client Registration §2 */
export function grantTypesOf(response_type: ResponseType): readonly string[] {
  const front = carries(response_type, 'token') || carries(response_type, 'id_token')
  return [...(carries(response_type, 'code') ? ['authorization_code'] : []), ...(front ? ['implicit'] : [])]
}

/**
 * What is wrong with the response types of a client: unknown, without their grant types, more in the front channel than the profile
 * allows, or a mixture that would let a request be downgraded from code to front channel.
 * @spec RFC 7591 §2.1, RFC 9700 §2.1.2
 */
export function responseTypeRule({ response_types, grant_types, profile, policy }: Client, _: unknown, possible: Possible): readonly Finding[] {
  const unknown = response_types.find((type) => !possible.response_types.includes(type))
  if (unknown !== undefined) return when(true, 'response_types', `${unknown} is not supported`, `use ${possible.response_types.join(', ')}`)
  const needed = new Set(response_types.flatMap(grantTypesOf))
  const missing = [...needed].find((type) => !grant_types.includes(type))
  const idle = ['authorization_code', 'implicit'].find((type) => grant_types.includes(type) && !needed.has(type))
  const isFree = profile === 'oidc' || profile === 'legacy'
  const implicit = response_types.find((type) => !carries(type, 'code'))
  const token = response_types.find((type) => carries(type, 'token'))
  const front = response_types.find((type) => type !== 'code')
  return [
    ...when(new Set(response_types).size < response_types.length, 'response_types', 'names a response type twice', 'name each once; the order of its parts makes no difference'),
    ...when(missing !== undefined, 'response_types', `does not go with grant_types: ${missing} is missing there`, 'name both or neither'),
    ...when(idle !== undefined, 'response_types', `does not go with grant_types: ${idle} is there and no response type needs it`, 'name both or neither'),
    ...when(implicit !== undefined && !isFree, 'response_types', `${implicit} is answered without a code`, 'use code, or profile oidc or legacy'),
    ...when(implicit === 'token' && profile === 'oidc', 'response_types', 'token is no OpenID Connect response type', 'use id_token token, or profile legacy'),
    ...when(token !== undefined && !policy.accessTokensInFrontChannel, 'response_types', `${token} sends access tokens through the browser`, 'use code, or set policy.accessTokensInFrontChannel'),
    ...when(front !== undefined && response_types.includes('code') && !isFree, 'response_types', `mixes code with ${front}, so that a request could be downgraded`, 'register two clients, or use profile oidc'),
  ]
}
