import type { Client } from '../client/metadata.ts'
import { insert, type LogoutChannel, type Participation, participationKey, replace, type Row, type Session, type Write } from '../records.ts'

/** How a client wants to hear of a logout. @spec OpenID Connect Front-Channel Logout §2, OpenID Connect Back-Channel Logout §2.2 */
export function logoutChannels({ frontchannel_logout_uri, backchannel_logout_uri }: Client): readonly LogoutChannel[] {
  return [...(frontchannel_logout_uri === undefined ? [] : ['front_channel' as const]), ...(backchannel_logout_uri === undefined ? [] : ['back_channel' as const])]
}

/** The writes that remember which clients a session has signed in to: none for a client that need not hear of its end, or is remembered already. */
export function takePart(known: Row<'participation'> | undefined, client: Client, { sid, sub, expiresAt }: Session): readonly Write[] {
  const channels = logoutChannels(client)
  if (channels.length === 0) return []
  const record: Participation = { sid, client_id: client.client_id, sub, channels, expiresAt }
  if (known === undefined) return [insert('participation', participationKey(client.client_id, sid), record)]
  return known.expiresAt === expiresAt && known.channels.join() === channels.join() ? [] : [replace(known, record)]
}
