import { type ClientMetadata, type Refusal, refuseMetadata } from '@latchkey/core'
import type { AuthorizationServer } from '../authorization-server.ts'

/** What is wrong with the document at a client's `sector_identifier_uri`: it has to list every redirect URI. @spec OpenID Connect Core §8.1, OpenID Connect Dynamic Client Registration §5 */
export async function sectorFault({ sector_identifier_uri: uri, redirect_uris = [] }: ClientMetadata, server: AuthorizationServer): Promise<Refusal | undefined> {
  if (uri === undefined) return undefined
  const listed = await fetchedList(uri, server)
  if (listed === undefined) return refuseMetadata('client_metadata_invalid', 'sector_identifier_uri does not answer a JSON array of redirect URIs')
  const missing = redirect_uris.find((redirect_uri) => !listed.includes(redirect_uri))
  return missing === undefined ? undefined : refuseMetadata('client_metadata_invalid', `sector_identifier_uri does not list ${missing}`)
}

/** What is answered is told alike, whether the address was not called, did not answer or answered something else. */
async function fetchedList(uri: string, { outbound }: AuthorizationServer): Promise<readonly unknown[] | undefined> {
  try {
    const { status, body } = await outbound(uri, { headers: { accept: 'application/json' } })
    const list: unknown = status === 200 ? JSON.parse(body) : undefined
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}
