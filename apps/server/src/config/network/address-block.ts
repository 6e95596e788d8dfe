import { BlockList, isIP } from 'node:net'

/** A block of addresses: `10.0.0.0/8`, or one address. */
export interface AddressBlock {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** The block of addresses that a text such as `10.0.0.0/8`, `fd00::/8` or `::1` spells, `undefined` for anything else. @spec RFC 4632 §3.1, RFC 4291 §2.3 */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const [, address = '', written] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const longest = version === 4 ? 32 : 128
  const prefix = written === undefined ? longest : Number(written)
  return prefix > longest ? undefined : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** Answers whether an address lies in one of some blocks. Texts that spell no block hold no address. */
export function addressesIn(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of blocks) {
    const block = parseAddressBlock(text)
    if (block !== undefined) list.addSubnet(block.address, block.prefix, block.family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}
