import { isIP } from 'node:net'
import { addressesIn } from '../config/network/address-block.ts'
import type { TrustedProxies } from '../config/configuration.ts'

/** Longer headers are read from their end, where the proxies that are believed write. */
const LONGEST = 2_000

/**
 * Answers the address of a request's client: that of the peer, unless the peer is a proxy that is believed. Then it is what that proxy says,
 * and so on towards the client, up to the first address that is not one of the proxies.
 * @spec RFC 7239 §5.2, §7.4
 */
export function clientAddress(proxies: TrustedProxies | undefined): (peer: string | undefined, headers: NodeJS.Dict<string | string[]>) => string | undefined {
  if (proxies === undefined) return (peer) => plain(peer)
  const isProxy = addressesIn(proxies.addresses)
  const nodesIn = proxies.header === 'forwarded' ? forwardedNodes : (text: string) => text.split(',')
  return (peer, headers) => {
    let client = plain(peer)
    const nodes = nodesIn(String(headers[proxies.header] ?? '').slice(-LONGEST))
    for (const node of nodes.toReversed()) {
      if (client === undefined || !isProxy(client)) return client
      const address = addressOf(node.trim())
      if (address === undefined) return client
      client = address
    }
    return client
  }
}

/** The nodes that a `Forwarded` header names, the client's first. @spec RFC 7239 §4 */
function forwardedNodes(text: string): readonly string[] {
  const elements = text.match(/(?:[^,"]|"[^"]*")+/g) ?? []
  return elements.map((element) => {
    const [, quoted, token = ''] = /(?:^|;)\s*for=(?:"([^"]*)"|([^\s;,"]*))/i.exec(element) ?? []
    return quoted ?? token
  })
}

/** The address of a node, without its port. @spec RFC 7239 §6 */
function addressOf(node: string): string | undefined {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(node) ?? []
  const address = plain(v6 ?? v4 ?? node)
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}

/** An IPv4 address is the same whether it came by an IPv6 socket or not. @spec RFC 4291 §2.5.5.2 */
function plain(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=[\d.]+$)/i, '')
}
