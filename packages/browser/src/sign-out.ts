import type { Application } from './application.ts'
import type { leave } from './departure.ts'
import type { Session } from './session.ts'

/** Sends the user to sign out with the issuer, if the issuer offers that. @spec OpenID Connect RP-Initiated Logout §2 */
export async function signOutWithIssuer({ options: { clientId, postLogoutRedirectUri }, party, state }: Application, session: Session | undefined, go: typeof leave): Promise<void> {
  const { end_session_endpoint } = await party.discover()
  if (end_session_endpoint === undefined) return
  const url = new URL(end_session_endpoint)
  const parameters = { client_id: clientId, id_token_hint: session?.tokens.idToken, post_logout_redirect_uri: postLogoutRedirectUri }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  // Not yet anonymous, or an application that signs everybody in would do so at once and cross this.
  state.become({ status: 'pending' })
  await go(url)
}
