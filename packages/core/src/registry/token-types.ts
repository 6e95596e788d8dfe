/** What a token is called when it is sent to be exchanged. @spec RFC 8693 §3 */
export const TOKEN_TYPES = {
  access_token: 'urn:ietf:params:oauth:token-type:access_token',
  id_token: 'urn:ietf:params:oauth:token-type:id_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const
export type TokenTypeName = keyof typeof TOKEN_TYPES

/** The name of a token type that can be exchanged. */
export function tokenTypeName(uri: string): TokenTypeName | undefined {
  const names: readonly TokenTypeName[] = ['access_token', 'id_token', 'jwt']
  return names.find((name) => TOKEN_TYPES[name] === uri)
}
