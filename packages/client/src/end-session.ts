import { requireOwn, type RelyingParty } from './relying-party.ts'
import type { TokenSet } from './token-set.ts'

/** What a sign-out may carry. */
export interface EndSessionOptions {
  readonly tokens?: TokenSet
  readonly postLogoutRedirectUri?: string
  readonly state?: string
  readonly signal?: AbortSignal
}

/** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. @spec OpenID Connect RP-Initiated Logout §2 */
export async function endSessionUrl(party: RelyingParty, { tokens, postLogoutRedirectUri, state, signal }: EndSessionOptions = {}): Promise<URL | undefined> {
  if (tokens !== undefined) requireOwn(tokens, party, 'logout')
  const { end_session_endpoint } = await party.discover(signal)
  if (end_session_endpoint === undefined) return undefined
  const url = new URL(end_session_endpoint)
  const parameters = { client_id: party.clientId, id_token_hint: tokens?.idToken, post_logout_redirect_uri: postLogoutRedirectUri, state }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}
