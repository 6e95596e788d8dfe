import { isJsonRecord, type JsonRecord } from './jws.ts'
import { refuseResponse, type RelyingPartyRefusal } from './refusals.ts'

/** What the UserInfo endpoint says about a user. @spec OpenID Connect Core §5.3.2 */
export interface UserinfoClaims extends JsonRecord {
  readonly sub: string
}

/** Decides on a UserInfo response: it must be about the user of the ID Token. @spec OpenID Connect Core §5.3.2 */
export function decideUserinfo(body: unknown, sub: string): { kind: 'accepted'; claims: UserinfoClaims } | RelyingPartyRefusal {
  if (!isJsonRecord(body) || typeof body['sub'] !== 'string') return refuseResponse('userinfo_malformed')
  if (body['sub'] !== sub) return refuseResponse('userinfo_subject_mismatch')
  return { kind: 'accepted', claims: { ...body, sub } }
}
