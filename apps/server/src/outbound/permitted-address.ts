import { isPublicAddress, isPublicHost, OutboundRefused } from '@latchkey/server'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'

/** The IP addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** A URL that may be called, and where: nowhere else. */
export interface PermittedAddress {
  readonly url: URL
  readonly addresses: readonly [string, ...string[]]
}

/** The addresses that this machine knows for a name. */
export const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/** Where a URL leads, if it may be called. Rejects with `OutboundRefused` when it is not https, or when any of its addresses is not public. */
export async function addressesOf(text: string, exempt: readonly string[], resolve: Resolve): Promise<PermittedAddress> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') throw new OutboundRefused('not an address to call')
  const isExempt = exempt.includes(`${url.hostname}:${portOf(url)}`)
  if (url.protocol !== 'https:' && !(isExempt && url.protocol === 'http:')) throw new OutboundRefused('not an https address')
  if (!isExempt && !isPublicHost(url.hostname)) throw new OutboundRefused('an address in a private network')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [first, ...others] = isIP(host) === 0 ? await resolve(host) : [host]
  if (first === undefined) throw new Error('the name has no address')
  const addresses = [first, ...others] as const
  if (!isExempt && !addresses.every(isPublicAddress)) throw new OutboundRefused('a name that leads into a private network')
  return { url, addresses }
}

/** Answers the addresses that were looked at, whatever is asked for. */
export function pinnedLookup(addresses: PermittedAddress['addresses']): LookupFunction {
  const [first] = addresses
  return (_, { all }, answer) => {
    if (all === true) answer(null, addresses.map((address) => ({ address, family: isIP(address) })))
    else answer(null, first, isIP(first))
  }
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}
