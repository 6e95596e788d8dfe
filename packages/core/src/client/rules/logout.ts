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
  return [...after, ...told]
}
