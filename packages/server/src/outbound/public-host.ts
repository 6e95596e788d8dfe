/** Address blocks that are not on the public Internet, by their first bits. @spec RFC 6890 §2.2, RFC 9700 §4 */
const SPECIAL_V4: readonly (readonly [network: number, bits: number])[] = (
  [
    ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
    ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
  ] as const
).map(([network, bits]) => [v4(network), bits])

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|localdomain|home\.arpa|onion)\.?$/i

/** Whether a host, as `URL` spells it, can be on the public Internet: a name that is not local, or an address outside the special blocks. */
export function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublicAddress(hostname.slice(1, -1))
  return /^[\d.]+$/.test(hostname) ? isPublicAddress(hostname) : hostname.includes('.') && !LOCAL_NAMES.test(hostname)
}

/** Whether an IP address, in dotted or in colon form, is on the public Internet. @spec RFC 6890 §2.2, RFC 4291 §2.5 */
export function isPublicAddress(address: string): boolean {
  if (!address.includes(':')) return isPublicV4(v4(address))
  const groups = groupsOf(address)
  if (groups === undefined) return false
  const [first = 0, second = 0] = groups
  // Only global unicast is public, and within it not: Teredo, documentation, 6to4 and ORCHID.
  if (first < 0x2000 || first > 0x3fff) return false
  return !(first === 0x2002 || first === 0x3fff || (first === 0x2001 && (second < 0x200 || second === 0xdb8)))
}

function isPublicV4(address: number): boolean {
  return !Number.isNaN(address) && !SPECIAL_V4.some(([network, bits]) => Math.floor(address / 2 ** (32 - bits)) === Math.floor(network / 2 ** (32 - bits)))
}

function v4(address: string): number {
  const bytes = address.split('.').map(Number)
  return bytes.length === 4 && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : Number.NaN
}

/** The eight groups of an IPv6 address, `undefined` for any other text. @spec RFC 4291 §2.2 */
export function groupsOf(address: string): readonly number[] | undefined {
  const [head = '', tail, more] = address.split('%')[0]?.split('::') ?? []
  if (more !== undefined) return undefined
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array.from({ length: Math.max(gap, 0) }, () => '0'), ...after].map((group) => Number.parseInt(group, 16))
  return groups.length === 8 && !groups.some(Number.isNaN) ? groups : undefined
}
