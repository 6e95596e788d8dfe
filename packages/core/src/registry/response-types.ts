/** @spec OAuth 2.0 Multiple Response Type Encoding Practices §5 */
export const RESPONSE_TYPES = ['code', 'token', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'] as const
export type ResponseType = (typeof RESPONSE_TYPES)[number]

/** Whether a response of this type carries this member from the authorization endpoint. @spec OAuth 2.0 Multiple Response Type Encoding Practices §5 */
export function carries(response_type: ResponseType, part: 'code' | 'token' | 'id_token'): boolean {
  return response_type.split(' ').includes(part)
}

/** @spec OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode §2 */
export const RESPONSE_MODES = ['query', 'fragment', 'form_post'] as const
export type ResponseMode = (typeof RESPONSE_MODES)[number]

const ORDER = ['code', 'id_token', 'token']

/** The registered spelling of a response type whose parts may come in any order. @spec RFC 6749 §3.1.1 */
export function parseResponseType(text: string): ResponseType | undefined {
  const parts = text.split(' ')
  const sorted = ORDER.filter((part) => parts.includes(part)).join(' ')
  return parts.length === sorted.split(' ').length ? RESPONSE_TYPES.find((type) => type === sorted) : undefined
}
