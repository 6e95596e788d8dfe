import { type Attempt, attempt } from '../attempt.ts'
import type { Instant } from '../brand.ts'
import type { Client } from '../client/metadata.ts'
import { among, find } from '../needs.ts'
import { type Authorization, consentKey, remove, type Row } from '../records.ts'
import { claimsOf } from '../registry/claims.ts'
import { covers } from '../resources/scope.ts'
import { revoke, type Revoked } from '../tokens/revocation.ts'

/** Whether a remembered consent allows this scope at these resources. @spec OpenID Connect Core §3.1.2.4 */
export function isRemembered(consent: Row<'consent'> | undefined, asked: Pick<Authorization, 'scope' | 'resource' | 'claimsRequest'>, now: Instant): boolean {
  const lives = consent !== undefined && (consent.expiresAt === undefined || consent.expiresAt > now)
  return lives && covers(consent.scope, asked.scope) && covers(consent.resource ?? [], asked.resource) && covers([...(consent.claims ?? []), ...claimsOf(consent.scope)], claimNames(asked))
}

/** The claims that are asked for one by one, wherever they are to be told. @spec OpenID Connect Core §5.5 */
export function claimNames({ claimsRequest }: Pick<Authorization, 'claimsRequest'>): readonly string[] {
  return claimsRequest === undefined ? [] : [...new Set([...claimsRequest.userinfo, ...claimsRequest.id_token])]
}

/** Whether the user has taken back what they allowed when the authorization began. @spec RFC 6749 §5.2 */
export function isConsentWithdrawn(consent: Row<'consent'> | undefined, authorization: Row<'authorization'>, client: Client, now: Instant): boolean {
  return restsOnConsent(authorization, client) && !isRemembered(consent, authorization, now)
}

/** A grant without a browser asks nobody; its authorizations are the sessions of their own. */
function restsOnConsent({ sid, key }: Row<'authorization'>, { policy }: Client): boolean {
  return policy.consent !== 'never' && sid !== key
}

/** A user takes back everything that they allowed a client: it will have to ask again, and what it holds ends now. @spec RFC 6749 §10.3, RFC 7009 §2.1 */
export function withdrawConsent(sub: string, client_id: string): Attempt<Revoked> {
  const needs = { consent: find('consent', consentKey(client_id, sub)), authorizations: among('authorization', 'sub', sub) } as const
  return attempt(needs, ({ consent, authorizations }, { now }): Revoked => {
    const ended = authorizations.filter((authorization) => authorization.client_id === client_id).flatMap((authorization) => revoke(authorization, now))
    return { kind: 'revoked', writes: consent === undefined ? ended : [remove(consent), ...ended] }
  })
}
