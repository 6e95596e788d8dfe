import type { Issuer, RedirectUri } from '../brand.ts'
import { refuse, type Refusal, returned } from '../decision.ts'
import type { Form } from '../form.ts'
import type { Client } from '../client/metadata.ts'
import { registeredRedirectUri } from '../client/redirect-uri.ts'
import { RESPONSE_MODES, type ResponseMode } from '../registry/response-types.ts'

const LONGEST_STATE = 2_048

/** Where an authorization response goes. It exists only once client and redirect URI are known to belong together. */
export interface ReturnAddress {
  readonly issuer: Issuer
  readonly redirect_uri: RedirectUri
  readonly response_mode: ResponseMode
  readonly state?: string
  /** The client, where its errors wait until the user knows it or has been shown where they are sent. @spec RFC 9700 §4.11.2 */
  readonly heldFor?: string
}

/**
 * The return address of an authorization request, or a refusal that must be shown on a page of ours. A parameter that stands twice
 * and is not needed here is refused later, through the address.
 * @spec RFC 6749 §4.1.2.1, RFC 9700 §4.11
 */
export function parseReturnAddress(form: Form, client: Client, issuer: Issuer): ReturnAddress | Refusal {
  if (form.repeated.includes('redirect_uri')) return refuse('authorize_parameter_repeated', { parameter: 'redirect_uri' })
  const text = form.one('redirect_uri')
  if (text === undefined) return refuse('redirect_uri_missing')
  const redirect_uri = registeredRedirectUri(text, client)
  if (redirect_uri === undefined) return refuse('redirect_uri_unregistered', { client_id: client.client_id })
  const state = fitting(form.one('state'))
  const held = client.policy.errorRedirects === 'at once' ? {} : { heldFor: client.client_id }
  return { issuer, redirect_uri, response_mode: defaultMode(form), ...(state === undefined ? {} : { state }), ...held }
}

/** The address with the response mode that the request asks for, or a refusal. @spec OAuth 2.0 Multiple Response Type Encoding Practices §2.1 */
export function withResponseMode(form: Form, address: ReturnAddress): ReturnAddress | Refusal {
  const asked = form.one('response_mode')
  if (asked === undefined) return address
  const response_mode = RESPONSE_MODES.find((mode) => mode === asked)
  const leaks = response_mode === 'query' && address.response_mode === 'fragment'
  if (response_mode === undefined || leaks) return returned(refuse('response_mode_unsupported'), address)
  return { ...address, response_mode }
}

/** The same address, once the user has answered on a page of ours: they are not sent anywhere unasked. */
export function unheld({ heldFor: _, ...address }: ReturnAddress): ReturnAddress {
  return address
}

/** A state that is too long is refused and not sent back either: its length would break the very redirect that says so. */
function fitting(state: string | undefined): string | undefined {
  return state !== undefined && state.length > LONGEST_STATE ? undefined : state
}

/** Whatever asks for a token is answered in the fragment, also when it is refused. @spec OAuth 2.0 Multiple Response Type Encoding Practices §2.1 */
function defaultMode(form: Form): ResponseMode {
  const parts = (form.one('response_type') ?? '').split(' ')
  return parts.includes('token') || parts.includes('id_token') ? 'fragment' : 'query'
}
