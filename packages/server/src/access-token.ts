import { accessTokenOf, digest, find, refuse, type Refusal, type VerifiedAccessToken } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { reached } from './reached.ts'

/** The access token behind a text: a JWT that we signed, or a reference that we keep. @spec RFC 9068 §4 */
export async function verifiedAccessToken(text: string, server: AuthorizationServer): Promise<VerifiedAccessToken | Refusal> {
  const claims = await claimsOfText(text, server)
  if (claims === undefined || claims.iss !== server.catalogue.issuer) return refuse('access_token_unknown')
  const token = accessTokenOf(claims)
  // What was issued to a client ends with its registration.
  return (await server.clients.find(token.client_id))?.enabled === true ? token : refuse('access_token_unknown')
}

/** The claims of an access token of ours, whoever its issuer says it is from; `undefined` for any other text. */
export async function claimsOfText(text: string, server: AuthorizationServer): Promise<Readonly<Record<string, unknown>> | undefined> {
  return text.includes('.') ? server.keys.verify(text, 'at+jwt') : referencedClaims(text, server)
}

async function referencedClaims(text: string, { store }: AuthorizationServer): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { row } = await reached(() => store.gather({ row: find('access_token', digest(text)) }))
  return row?.claims
}
