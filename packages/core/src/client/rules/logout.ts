import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import { redirectUriFault } from '../redirect-uri.ts'
import { isWebAddress } from './identity.ts'

const ADDRESSES = ['frontchannel_logout_uri', 'backchannel_logout_uri'] as const

/** What is wrong with where a client hears of a logout, and where users go after it. @spec OpenID Connect RP-Initiated Logout §3.1, Front-Channel Logout §2, Back-Channel Logout §2.2 */
export function logoutRule(client: Client): readonly Finding[] {
  const after = client.post_logout_redirect_uris.flatMap((uri, at) => {
    const fault = redirectUriFault(uri, client.application_type)
    return when(fault !== undefined, `post_logout_redirect_uris[${at}]`, `${fault}`, 'register the exact https address, a loopback address, or for a native app a private-use scheme')
  })
  const told = ADDRESSES.flatMap((name) => {
    const uri = client[name]
    return when(uri !== undefined && (!isWebAddress(uri) || uri.includes('#')), name, 'is not an https address without fragment', 'write the whole https address')
  })
  return [...after, ...told, ...foreignPage(client)]
}

/** A page that the browser loads at every logout belongs to the client. @spec OpenID Connect Front-Channel Logout §2 */
function foreignPage({ frontchannel_logout_uri: uri, redirect_uris }: Client): readonly Finding[] {
  const isForeign = uri !== undefined && isWebAddress(uri) && !redirect_uris.some((redirect_uri) => originOf(redirect_uri) === originOf(uri))
  return when(isForeign, 'frontchannel_logout_uri', 'is on another scheme, host or port than every redirect URI', 'use an address beside the callback of the client')
}

function originOf(uri: string): string | undefined {
  return /^https?:\/\/[^/?#]+/i.exec(uri)?.[0].toLowerCase()
}
