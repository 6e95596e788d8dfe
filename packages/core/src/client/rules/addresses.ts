import { type Finding, when } from '../finding.ts'
import type { Client } from '../metadata.ts'
import { redirectUriFault } from '../redirect-uri.ts'

/** What is wrong with where users are sent back to. @spec RFC 9700 §2.1, RFC 8252 §7 */
export function redirectRule({ redirect_uris, application_type, response_types }: Client): readonly Finding[] {
  const faults = redirect_uris.flatMap((uri, at) => {
    const fault = redirectUriFault(uri, application_type)
    return when(fault !== undefined, `redirect_uris[${at}]`, `${fault}`, 'register the exact https address, a loopback address, or for a native app a private-use scheme')
  })
  return [...faults, ...when(response_types.length > 0 && redirect_uris.length === 0, 'redirect_uris', 'is empty, and the client signs users in', 'add the address of its callback')]
}

/** What is wrong with whose scripts may call. */
export function originRule({ allowed_cors_origins }: Client): readonly Finding[] {
  return allowed_cors_origins.flatMap((origin, at) =>
    when(!/^https?:\/\/[^/?#@\s]+$/.test(origin), `allowed_cors_origins[${at}]`, 'is not an origin', 'write scheme, host and port without path or trailing slash'),
  )
}
