import type { Account } from '../account.ts'
import { refuse } from '../decision.ts'
import { accountOf, fact } from '../needs.ts'
import { required, several, unbounded } from '../parameters.ts'
import { issueFor } from '../tokens/issue-for.ts'
import { defineGrant, type Grant } from './define-grant.ts'

/** Answers the account that a username and its password belong to, `undefined` for everything else. */
export type Authenticate = (username: string, password: string) => Promise<Account | undefined>

/**
 * A client that the user told the password gets tokens by it. Only for clients of profile legacy.
 * @spec RFC 6749 §4.3
 */
export function password(authenticate: Authenticate): Grant {
  return defineGrant({
    grant_type: 'password',
    guesses: 'username',
    parameters: { username: required, password: required, scope: unbounded, resource: several },
    needs: (request) => ({ proven: fact(() => authenticate(request.username, request.password)), account: accountOf('proven') }),
    decide(input) {
      const { request, known, now } = input
      // A wrong password and a disabled user are one answer, or the difference would tell that the password was right.
      if (known.proven === undefined || known.account?.active !== true) return refuse('password_wrong')
      return issueFor({ ...input, scope: request.scope, resource: request.resource, subject: { account: known.account, auth_time: now, amr: ['pwd'] } })
    },
  })
}
