import { wellFormed } from '../authorization/response.ts'
import type { Client } from '../client/metadata.ts'

/** Where the user goes after signing out. It exists only for a URI that the client has registered. */
export interface PostLogoutAddress {
  readonly uri: string
  readonly state?: string
  /** Whether the browser may be sent there: an ID Token of ours says that the client asks. Without it there is a link at most. */
  readonly isProven: boolean
}

/** The post-logout address that a client asks for; `undefined` unless it registered exactly this URI. @spec OpenID Connect RP-Initiated Logout §3 */
export function postLogoutAddress(asked: { readonly post_logout_redirect_uri: string | undefined; readonly state: string | undefined }, client: Client | undefined, isProven: boolean): PostLogoutAddress | undefined {
  const { post_logout_redirect_uri: uri, state } = asked
  if (uri === undefined || client?.post_logout_redirect_uris.includes(uri) !== true) return undefined
  return { uri, isProven, ...(state === undefined ? {} : { state }) }
}

/** The address as the browser opens it: the registered URI, and `state` if it was sent. @spec OpenID Connect RP-Initiated Logout §3 */
export function postLogoutLocation({ uri, state }: PostLogoutAddress): string {
  return state === undefined ? uri : `${uri}${uri.includes('?') ? '&' : '?'}state=${encodeURIComponent(wellFormed(state))}`
}
