import { TOKEN_EXCHANGE } from '../../registry/grant-types.ts'
import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import type { Abilities, ClientMetadata } from '../registration.ts'

/** What is wrong with how a client gets tokens. @spec RFC 7591 §2, RFC 9700 §2.4 */
export function grantRule({ client_id, grant_types, profile, token_endpoint_auth_method: method }: Client, _: ClientMetadata, abilities: Abilities): readonly Finding[] {
  const spaced = grant_types.find((type) => type === '' || /\s/.test(type))
  const unknown = grant_types.find((type) => type !== spaced && !abilities.grant_types.includes(type))
  const isResource = method !== 'none' && abilities.operators?.has(client_id) === true
  return [
    ...when(grant_types.length === 0 && !isResource, 'grant_types', 'is empty, so that the client can do nothing', 'name at least one grant type, or name a client that is only an API in operatedBy of its resource'),
    ...when(spaced !== undefined, 'grant_types', 'has an entry that is empty or has a space in it', 'write one grant type in each entry'),
    ...when(new Set(grant_types).size < grant_types.length, 'grant_types', 'names a grant type twice', 'name each once'),
    ...when(unknown !== undefined, 'grant_types', `${unknown} is not supported`, `use some of ${abilities.grant_types.join(', ')}`),
    ...when(grant_types.includes('password') && profile !== 'legacy', 'grant_types', 'password gives the user\'s password to the client', 'use authorization_code; only profile legacy may have password'),
    ...when(method === 'none' && grant_types.includes('client_credentials'), 'grant_types', 'a public client can not use client_credentials', 'give the client a secret, or remove the grant type'),
    ...when(method === 'none' && grant_types.includes(TOKEN_EXCHANGE), 'grant_types', 'a public client can not exchange tokens', 'give the client a secret, or remove the grant type'),
  ]
}

/** What is wrong with what a client may ask for. @spec RFC 7591 §2 */
export function scopeRule({ scope }: Client, _: ClientMetadata, { scopes }: Abilities): readonly Finding[] {
  const unknown = scope.find((name) => !scopes.has(name))
  return when(unknown !== undefined, 'scope', `${unknown} is offered by nobody`, 'add it to scopes or to a resource, or remove it')
}
