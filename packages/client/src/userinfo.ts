import { decideUserinfo, parseOAuthError, type OAuthErrorResponse, type UserinfoClaims } from '@latchkey/core/relying-party'
import { authError } from './auth-error.ts'
import { exchange, type Answer } from './exchange.ts'
import { accept } from './refused.ts'
import { requireOwn, type RelyingParty } from './relying-party.ts'
import { endpointOf, refusedBy } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** What the issuer tells about the user of these tokens, who must be the user of their ID Token. @spec OpenID Connect Core §5.3 */
export async function userinfo(party: RelyingParty, tokens: TokenSet, signal?: AbortSignal): Promise<UserinfoClaims> {
  requireOwn(tokens, party, 'resource')
  if (tokens.claims === undefined) throw authError('id_token_missing', 'resource')
  const endpoint = endpointOf(await party.discover(signal), 'userinfo_endpoint', 'resource')
  const { type, token } = tokens.accessToken
  const send = (proof?: string): Promise<Answer> => {
    const headers = { accept: 'application/json', authorization: `${type} ${token}`, ...(proof !== undefined && { dpop: proof }) }
    return exchange(endpoint, { headers }, 'resource', party, signal)
  }
  if (type === 'DPoP' && party.dpop === undefined) throw authError('invalid_configuration', 'config', { hint: 'the token is bound to a key: give `dpop`' })
  const answer = await (type === 'DPoP' && party.dpop !== undefined ? party.dpop.send({ method: 'GET', url: endpoint, accessToken: token }, send) : send())
  if (!answer.ok) throw refusedBy(answer, 'resource', parseChallenge(answer.headers.get('www-authenticate') ?? ''))
  return accept(decideUserinfo(answer.body, tokens.claims.sub), 'resource').claims
}

/** @spec RFC 6750 §3 */
function parseChallenge(challenge: string): OAuthErrorResponse | undefined {
  const [, error] = /\berror="([^"]*)"/.exec(challenge) ?? []
  const [, error_description] = /\berror_description="([^"]*)"/.exec(challenge) ?? []
  return parseOAuthError({ error, error_description })
}
