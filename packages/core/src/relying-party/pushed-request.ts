import { isJsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'
import { parseSeconds } from './token-response.ts'

/** The name under which the issuer keeps a pushed request. @spec RFC 9126 §2.2 */
export interface AcceptedPushedRequest {
  readonly kind: 'accepted'
  readonly request_uri: string
  /** Seconds. */
  readonly expires_in: number
}

const REQUEST_URI = /^[a-z][a-z0-9+.-]*:[\x21\x23-\x5b\x5d-\x7e]{1,500}$/i

/** Decides on the body of the answer to a pushed authorization request. @spec RFC 9126 §2.2 */
export function decidePushedRequest(body: unknown): AcceptedPushedRequest | RelyingPartyRefusal {
  if (!isJsonRecord(body)) return refuseResponse('pushed_response_malformed')
  const { request_uri } = body
  if (typeof request_uri !== 'string' || !REQUEST_URI.test(request_uri)) return refuseResponse('pushed_response_malformed', 'request_uri')
  const expires_in = parseSeconds(body['expires_in'])
  return expires_in === null ? refuseResponse('expires_in_invalid') : { kind: 'accepted', request_uri, expires_in }
}
