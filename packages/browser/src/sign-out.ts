import type { ServerMetadata, TokenSet } from '@latchkey/client/parts'
import type { AuthOptions } from './options.ts'

/** Where to send the user to sign out with the issuer, or `undefined` when the issuer offers no such place. @spec OpenID Connect RP-Initiated Logout §2 */
export function signOutAddress({ end_session_endpoint }: ServerMetadata, { clientId, postLogoutRedirectUri }: AuthOptions, tokens: TokenSet | undefined): URL | undefined {
  if (end_session_endpoint === undefined) return undefined
  const url = new URL(end_session_endpoint)
  const parameters = { client_id: clientId, id_token_hint: tokens?.idToken, post_logout_redirect_uri: postLogoutRedirectUri }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}
