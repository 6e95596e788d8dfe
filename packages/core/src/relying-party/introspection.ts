import { isJsonRecord, type JsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** What the issuer says about a token: whether it may be used, and if so, what it stands for. @spec RFC 7662 §2.2 */
export interface TokenIntrospection extends JsonRecord {
  readonly active: boolean
}

/** Decides on an introspection response; of a token that is not active nothing else is believed. @spec RFC 7662 §2.2 */
export function decideIntrospection(body: unknown): { readonly kind: 'accepted'; readonly token: TokenIntrospection } | RelyingPartyRefusal {
  if (!isJsonRecord(body) || typeof body['active'] !== 'boolean') return refuseResponse('introspection_malformed', 'active')
  return { kind: 'accepted', token: body['active'] ? { ...body, active: true } : { active: false } }
}
