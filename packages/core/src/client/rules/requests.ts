import { type Finding, when } from '../finding.ts'
import { SIGNING_ALGORITHMS } from '../../registry/algorithms.ts'
import type { Client } from '../metadata.ts'
import { isWebAddress } from './identity.ts'

const MOST_REQUEST_URIS = 32

/** What is wrong with how a client makes its authorization requests. @spec OpenID Connect Dynamic Client Registration §2, RFC 9126 §6, RFC 9101 §10.5 */
export function requestRule({ request_uris = [], initiate_login_uri, default_max_age, request_object_signing_alg: alg, require_signed_request_object, jwks, jwks_uri }: Client): readonly Finding[] {
  const known: readonly string[] = SIGNING_ALGORITHMS
  const hasKeys = jwks !== undefined || jwks_uri !== undefined
  return [
    ...when(alg !== undefined && !known.includes(alg), 'request_object_signing_alg', `${alg} is not accepted`, `use one of ${known.join(', ')}`),
    ...when(require_signed_request_object && !hasKeys, 'require_signed_request_object', 'stands without a key to sign with', 'add jwks or jwks_uri'),
    ...request_uris.flatMap((uri, at) => when(!isWebAddress(uri), `request_uris[${at}]`, 'is neither https nor http on this machine', 'register the exact https address')),
    ...when(request_uris.length > MOST_REQUEST_URIS, 'request_uris', `names more than ${MOST_REQUEST_URIS} addresses`, 'register fewer'),
    ...when(initiate_login_uri !== undefined && (!initiate_login_uri.startsWith('https://') || !isWebAddress(initiate_login_uri)), 'initiate_login_uri', 'is not an https address', 'use the https address of the client\'s own sign-in'),
    ...when(default_max_age !== undefined && (!Number.isSafeInteger(default_max_age) || default_max_age < 0), 'default_max_age', 'is not a whole number of seconds', 'write seconds'),
  ]
}
