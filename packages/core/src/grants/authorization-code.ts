import { mayUse } from '../account.ts'
import { isConsentWithdrawn } from '../authorization/consent.ts'
import { proves } from '../authorization/pkce.ts'
import { isRefusal, issue, refuse } from '../decision.ts'
import { digest } from '../digest.ts'
import { accountOf, behind, find } from '../needs.ts'
import { optional, required, several } from '../parameters.ts'
import { amend, consentKey } from '../records.ts'
import { narrowedResources } from '../resources/audience.ts'
import { authorizationEnd } from '../tokens/refresh-family.ts'
import { revoke } from '../tokens/revocation.ts'
import { userTokens } from '../tokens/user-tokens.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** Within this many seconds a second redemption is taken for a double submit rather than for theft. */
export const DOUBLE_SUBMIT = 5

/** A code that came through the browser becomes tokens, once. @spec RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core §3.1.3 */
export const authorizationCode: Grant = defineGrant({
  grant_type: 'authorization_code',
  parameters: { code: required, redirect_uri: optional, code_verifier: optional, resource: several },
  needs: ({ code }, { client_id }) => ({
    issued: find('authorization_code', digest(code)),
    authorization: behind('authorization', 'issued', 'authorization'),
    account: accountOf('issued'),
    consent: behind('consent', 'issued', 'sub', consentKey(client_id, '')),
  }),
  decide({ request, client, known: { issued, authorization, account, consent }, catalogue, now }) {
    if (issued === undefined) return refuse('code_unknown')
    if (issued.client_id !== client.client_id) return refuse('code_of_another_client', { client_id: issued.client_id })
    if (issued.redirect_uri !== request.redirect_uri) return refuse('redirect_uri_mismatch')
    if (issued.code_challenge === undefined && request.code_verifier !== undefined) return refuse('code_verifier_unexpected')
    if (issued.code_challenge !== undefined && !proves(request.code_verifier, issued.code_challenge)) return refuse('code_verifier_mismatch')
    // Up to here nothing is spent or revoked, so whoever holds only the code can neither burn it nor end the session.
    if (issued.redeemedAt !== undefined) {
      const age = now - issued.redeemedAt
      return age <= DOUBLE_SUBMIT ? refuse('code_already_redeemed', { age }) : refuse('code_replayed', { age }, revoke(authorization, now))
    }
    if (issued.expiresAt <= now) return refuse('code_expired', { age: now - issued.expiresAt })
    if (authorization === undefined || authorization.revokedAt !== undefined) return refuse('authorization_revoked')
    if (account?.active !== true) return refuse('account_inactive', { sub: issued.sub })
    if (!mayUse(account, client.client_id)) return refuse('account_without_access', { client_id: client.client_id, sub: issued.sub })
    if (isConsentWithdrawn(consent, authorization, client, now)) return refuse('consent_withdrawn', { client_id: client.client_id, sub: issued.sub })
    const resource = narrowedResources(request.resource, authorization.resource, authorization.scope, catalogue)
    if (isRefusal(resource)) return resource
    // The code is remembered as long as what it pays for, so that a late replay is still seen.
    const expiresAt = Math.max(authorization.expiresAt, authorizationEnd(authorization, client, now))
    return issue(userTokens({ authorization, id: authorization.key, account, resource, nonce: issued.nonce }, client, catalogue, now), [
      amend(issued, { redeemedAt: now, expiresAt }),
      amend(authorization, { expiresAt, code: 'redeemed' }),
    ])
  },
})
