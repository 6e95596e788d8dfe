import type { Account } from '../account.ts'
import type { Client } from '../client/metadata.ts'
import type { Authorization } from '../records.ts'
import { claimsOf, SCOPE_CLAIMS } from '../registry/claims.ts'

/** What became of one claim about a user, and by which rule. */
export interface ClaimTrace {
  readonly claim: string
  readonly outcome: 'told' | 'dropped'
  /** `scope profile` and the like, or `claims parameter`; for a claim that was dropped, why. */
  readonly rule: string
}

/** What a client may know of a user: by its scope, and by what it asked for one by one. Claims without a value are left out rather than sent empty. @spec OpenID Connect Core §5.3.2, §5.4, §5.5 */
export function userClaims(account: Account, scope: readonly string[], asked: readonly string[] = []): Readonly<Record<string, unknown>> {
  const named = asked.length === 0 ? claimsOf(scope) : [...new Set([...claimsOf(scope), ...asked])]
  const told = named.flatMap((name) => (isTellable(account.claims[name]) ? [[name, account.claims[name]] as const] : []))
  return Object.fromEntries(told)
}

/** The claims about the user in an ID Token that comes with an access token: those asked for there, and by policy those of the scope. @spec OpenID Connect Core §5.4, §5.5 */
export function idTokenUserClaims(account: Account, { claimsRequest }: Pick<Authorization, 'claimsRequest'>, scope: readonly string[], { policy }: Client): Readonly<Record<string, unknown>> {
  return userClaims(account, policy.userClaimsInIdToken ? scope : [], claimsRequest?.id_token)
}

/** Which rule let each claim of an account through, or kept it back. Holds no values. */
export function traceClaims(account: Account, scope: readonly string[], asked: readonly string[] = []): readonly ClaimTrace[] {
  const names = new Set([...claimsOf(scope), ...asked, ...Object.keys(account.claims)])
  return [...names].map((claim): ClaimTrace => {
    const owner = Object.entries(SCOPE_CLAIMS).find(([name, claims]) => scope.includes(name) && (claims as readonly string[]).includes(claim))?.[0]
    if (owner === undefined && !asked.includes(claim)) return { claim, outcome: 'dropped', rule: 'no scope and no claims parameter asks for it' }
    if (!isTellable(account.claims[claim])) return { claim, outcome: 'dropped', rule: 'the user has no value for it' }
    return { claim, outcome: 'told', rule: owner === undefined ? 'claims parameter' : `scope ${owner}` }
  })
}

function isTellable(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
