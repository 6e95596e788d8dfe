import { groupsOf } from '../outbound/public-host.ts'

/**
 * The network of an address, as attempts are counted by it: an IPv4 address stands for itself, an IPv6 address for its /64, of which one
 * subscriber has all addresses. `undefined` for a text that is no address.
 * @spec RFC 4291 §2.5.1, §2.5.5.2
 */
export function networkOf(address: string): string | undefined {
  if (!address.includes(':')) return V4.test(address) ? address : undefined
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? []
  if (mapped !== undefined) return networkOf(mapped)
  const groups = groupsOf(address)
  return groups && `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`
}

const V4 = /^\d{1,3}(\.\d{1,3}){3}$/
