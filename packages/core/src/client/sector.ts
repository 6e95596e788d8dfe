import { type Finding, when } from './finding.ts'
import type { Client } from './metadata.ts'

const HOST = /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]+)/i

/**
 * The sector whose clients know a user by one and the same name: the host that a pairwise client answers for. `undefined` for a client
 * that is told the subject itself, and for one whose redirect URIs name several hosts or none.
 * @spec OpenID Connect Core §8.1
 */
export function sectorOf({ subject_type, sector_identifier_uri, redirect_uris }: Pick<Client, 'subject_type' | 'sector_identifier_uri' | 'redirect_uris'>): string | undefined {
  if (subject_type !== 'pairwise') return undefined
  const hosts = new Set((sector_identifier_uri === undefined ? redirect_uris : [sector_identifier_uri]).map(hostOf))
  const [host] = hosts
  return hosts.size === 1 ? host : undefined
}

/** What is wrong with whom a client shares its pairwise subjects with. @spec OpenID Connect Core §8.1, OpenID Connect Dynamic Client Registration §5 */
export function sectorRule(client: Client): readonly Finding[] {
  const { subject_type, sector_identifier_uri: uri } = client
  const types: readonly string[] = ['public', 'pairwise']
  return [
    ...when(!types.includes(subject_type), 'subject_type', 'is neither public nor pairwise', 'use public'),
    ...when(uri !== undefined && !/^https:\/\/[a-z0-9.[\]:_-]+([/?][\x21\x24-\x3b\x3d\x3f-\x7e]*)?$/i.test(uri), 'sector_identifier_uri', 'is not an https address without fragment', 'use the https address that lists the redirect URIs'),
    ...when(subject_type === 'pairwise' && uri === undefined && sectorOf(client) === undefined, 'subject_type', 'is pairwise, and the redirect URIs do not name one host', 'add sector_identifier_uri'),
  ]
}

function hostOf(uri: string): string | undefined {
  return HOST.exec(uri)?.[1]?.toLowerCase()
}
