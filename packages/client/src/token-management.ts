import { decideIntrospection, type TokenIntrospection } from '@latchkey/core/relying-party'
import { accept } from './refused.ts'
import { requireOwn, type RelyingParty } from './relying-party.ts'
import { submit } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** What kind of token it is, which spares the issuer a search, and an end to waiting. */
export interface NamedToken {
  readonly hint?: 'access_token' | 'refresh_token'
  readonly signal?: AbortSignal
}

/** Gives tokens back: of a token set the refresh token, or the access token when it has none. @spec RFC 7009 §2.1 */
export async function revoke(party: RelyingParty, token: TokenSet | string, { hint, signal }: NamedToken = {}): Promise<void> {
  const named = nameToken(party, token, hint, hint ?? 'refresh_token')
  await submit(await party.discover(signal), 'revocation_endpoint', named, 'token', party, signal)
}

/** What the issuer says about a token, of a token set the access token unless the hint asks for the other. @spec RFC 7662 §2.1 */
export async function introspect(party: RelyingParty, token: TokenSet | string, { hint, signal }: NamedToken = {}): Promise<TokenIntrospection> {
  const named = nameToken(party, token, hint, hint ?? 'access_token')
  const { body } = await submit(await party.discover(signal), 'introspection_endpoint', named, 'token', party, signal)
  return accept(decideIntrospection(body), 'token').token
}

type Hint = NamedToken['hint']

function nameToken(party: RelyingParty, token: TokenSet | string, hint: Hint, wanted: Hint): { readonly token: string; readonly token_type_hint: Hint } {
  if (typeof token === 'string') return { token, token_type_hint: hint }
  requireOwn(token, party, 'token')
  const { refreshToken, accessToken } = token
  if (wanted === 'refresh_token' && refreshToken !== undefined) return { token: refreshToken, token_type_hint: 'refresh_token' }
  return { token: accessToken.token, token_type_hint: 'access_token' }
}
