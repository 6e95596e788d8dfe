import type { Client } from '@latchkey/client'
import type { AccessTokenRules, TokenReading } from './access-token.ts'

/** Asks the issuer about a token; throws when it does not answer. @spec RFC 7662 §2.2, §4 */
export async function introspectAccessToken(token: string, client: Client, { issuer, audience, clockTolerance, now }: AccessTokenRules): Promise<TokenReading> {
  const answer = await client.introspect(token, { hint: 'access_token' })
  if (!answer.active) return { kind: 'fails', reason: 'token_inactive' }
  const { iss = issuer, aud, exp, nbf, client_id, scope, sub = client_id } = answer
  if (iss !== issuer) return { kind: 'fails', reason: 'issuer_mismatch' }
  if (typeof client_id !== 'string' || client_id === '' || typeof sub !== 'string' || (scope !== undefined && typeof scope !== 'string')) return { kind: 'fails', reason: 'claim_malformed' }
  if (exp !== undefined && (typeof exp !== 'number' || exp <= now() - clockTolerance)) return { kind: 'fails', reason: 'token_expired' }
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > now() + clockTolerance)) return { kind: 'fails', reason: 'token_not_yet_valid' }
  // An issuer that names no audience leaves it to whoever asks to know what its tokens are for, and nobody does.
  const audiences = [aud].flat().filter((one): one is string => typeof one === 'string')
  if (!audiences.some((one) => audience.includes(one))) return { kind: 'fails', reason: 'audience_mismatch' }
  return { kind: 'holds', claims: { ...answer, iss: issuer, sub, client_id, aud: audiences } }
}

/** Answers whether a token says nothing by itself. */
export function isOpaque(token: string): boolean {
  return !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}
