import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'

const WEB_ADDRESSES = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const

/** What is wrong with the name of a client. */
export function identityRule({ client_id }: Client): readonly Finding[] {
  return when(!/^[\x21-\x7e]{1,255}$/.test(client_id), 'client_id', 'is empty, too long, or has spaces or other characters outside printable ASCII', 'use 1 to 255 printable ASCII characters')
}

/** What is wrong with the addresses that the pages link to. @spec RFC 7591 §2, §5 */
export function descriptionRule(client: Client): readonly Finding[] {
  return WEB_ADDRESSES.flatMap((name) => {
    const uri = client[name]
    return when(uri !== undefined && !isWebAddress(uri), name, 'is neither https nor http on this machine', 'write the whole https address, or leave it out')
  })
}

/** Whether a text is an https address, or http of this machine, that a page may link to. */
export function isWebAddress(uri: string): boolean {
  return uri.length <= 2_000 && /^(https:\/\/[a-z0-9.[\]:_-]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?)([/?#][\x21\x23-\x3b\x3d\x3f-\x7e]*)?$/i.test(uri)
}
