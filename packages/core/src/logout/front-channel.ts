import type { Issuer } from '../brand.ts'
import type { Client } from '../client/metadata.ts'

/** The client's page that ends its session in the browser, told which one; `undefined` for a client without one. @spec OpenID Connect Front-Channel Logout §3 */
export function frontChannelAddress({ frontchannel_logout_uri: uri }: Client, issuer: Issuer, sid: string): string | undefined {
  if (uri === undefined) return undefined
  return `${uri}${uri.includes('?') ? '&' : '?'}iss=${encodeURIComponent(issuer)}&sid=${encodeURIComponent(sid)}`
}
