import { accessTokenOf, digest, find, refuse, type Refusal, type VerifiedAccessToken } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import { reached } from './gather.ts'

/** The access token behind a text: a JWT that we signed, or a reference that we keep. @spec RFC 9068 §4 */
export async function verifiedAccessToken(text: string, server: AuthorizationServer): Promise<VerifiedAccessToken | Refusal> {
  const claims = text.includes('.') ? await server.keys.verify(text, 'at+jwt') : await referencedClaims(text, server)
  return claims === undefined || claims.iss !== server.catalogue.issuer ? refuse('access_token_unknown') : accessTokenOf(claims)
}

async function referencedClaims(text: string, { store }: AuthorizationServer): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { row } = await reached(() => store.gather({ row: find('access_token', digest(text)) }))
  return row?.claims
}
