import { isJsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'
import { isUsableUrl } from './server-metadata.ts'
import { parseSeconds } from './token-response.ts'

/** A device authorization response whose parts may be shown on a screen and polled with. @spec RFC 8628 §3.2 */
export interface AcceptedDeviceAuthorization {
  readonly kind: 'accepted'
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  /** Seconds. */
  readonly expires_in: number
  /** Seconds between two polls; 5 unless the issuer says otherwise. */
  readonly interval: number
}

const CODE = /^[\x21-\x7e]+$/
// It is shown in terminals, where a control character is a command.
const SHOWN = /^[\x20-\x7e]{1,100}$/
const USUAL_INTERVAL = 5

/** Decides on the body of a device authorization response; its addresses are for the user to open, so only web addresses pass. @spec RFC 8628 §3.2 */
export function decideDeviceAuthorization(body: unknown, allowed: { readonly allowInsecure: boolean; readonly allowLoopback: boolean }): AcceptedDeviceAuthorization | RelyingPartyRefusal {
  if (!isJsonRecord(body)) return refuseResponse('device_response_malformed')
  const { device_code, user_code, verification_uri, verification_uri_complete } = body
  const isAddress = (value: unknown): value is string => typeof value === 'string' && value.length <= 2000 && isUsableUrl(value, allowed)
  if (typeof device_code !== 'string' || !CODE.test(device_code)) return refuseResponse('device_response_malformed', 'device_code')
  if (typeof user_code !== 'string' || !SHOWN.test(user_code)) return refuseResponse('device_response_malformed', 'user_code')
  if (!isAddress(verification_uri)) return refuseResponse('endpoint_not_allowed', 'verification_uri')
  if (verification_uri_complete !== undefined && !isAddress(verification_uri_complete)) return refuseResponse('endpoint_not_allowed', 'verification_uri_complete')
  const expires_in = parseSeconds(body['expires_in'])
  if (expires_in === null) return refuseResponse('expires_in_invalid')
  const interval = parseSeconds(body['interval'] ?? USUAL_INTERVAL)
  if (interval === null || interval === 0) return refuseResponse('device_response_malformed', 'interval')
  return { kind: 'accepted', device_code, user_code, verification_uri, expires_in, interval, ...(verification_uri_complete !== undefined && { verification_uri_complete }) }
}
