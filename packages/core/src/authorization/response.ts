import { refusalRule } from '../refusals.ts'
import type { Refusal } from '../decision.ts'
import { unreachable } from '../brand.ts'
import type { ReturnAddress } from './return-address.ts'

/** The members of an authorization response, in the order they are sent. */
export type ResponseMembers = Readonly<Record<string, string | undefined>>

/** An authorization response on its way: a redirect, or a form to be posted by the browser. */
export type AuthorizationResponse =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'form_post'; readonly action: string; readonly fields: readonly (readonly [string, string])[] }

/** The response that carries these members home, with `state` and `iss`. @spec RFC 6749 §4.1.2, RFC 9207 §2, OAuth 2.0 Form Post Response Mode §2 */
export function authorizationResponse(address: ReturnAddress, members: ResponseMembers): AuthorizationResponse {
  const { redirect_uri, response_mode, state, issuer } = address
  const fields = Object.entries({ ...members, state, iss: issuer }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  switch (response_mode) {
    case 'query':
      return { kind: 'redirect', location: `${redirect_uri}${redirect_uri.includes('?') ? '&' : '?'}${encode(fields)}` }
    case 'fragment':
      return { kind: 'redirect', location: `${redirect_uri}#${encode(fields)}` }
    case 'form_post':
      return { kind: 'form_post', action: redirect_uri, fields }
    default:
      return unreachable(response_mode)
  }
}

/** The response that tells a client of a refusal. @spec RFC 6749 §4.1.2.1 */
export function errorResponse(refusal: Refusal, address: ReturnAddress): AuthorizationResponse {
  const { error, caller } = refusalRule(refusal.key)
  return authorizationResponse(address, { error, error_description: caller })
}

function encode(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`).join('&')
}

/** The text without lone surrogates, which have no UTF-8; they become U+FFFD as everywhere on the web. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
}
