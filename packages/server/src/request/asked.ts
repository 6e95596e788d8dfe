import { type Client, type Digest, effectiveForm, find, type Form, isRefusal, pushedForm, pushedRequestKey, refuse, type Refusal, returnedBy, tellableName } from '@latchkey/core'
import type { AuthorizationServer } from '../authorization-server.ts'
import { reached } from '../reached.ts'
import { verifiedRequestObject } from './verified-request-object.ts'

/** What a browser brings: the one form of a request, whichever way it came. */
export interface Asked {
  readonly form: Form
  /** The key of the pushed request that it is. */
  readonly pushed?: Digest
}

/** What a request asks for that came through a browser: plain, as an object, or pushed beforehand. @spec RFC 6749 §4.1.1, RFC 9101 §5, RFC 9126 §4 */
export async function askedInBrowser(form: Form, client: Client, server: AuthorizationServer): Promise<Asked | Refusal> {
  const { client_id } = client
  const pushed = pushedRequestKey(form.one('request_uri') ?? '')
  if (pushed !== undefined) return askedBefore(pushed, client, server)
  if (client.require_pushed_authorization_requests) return returnedBy(refuse('pushed_request_missing', { client_id }), form, { client, issuer: server.catalogue.issuer })
  const asked = await withObject(form, client, server, client.require_signed_request_object)
  return isRefusal(asked) ? asked : { form: asked }
}

/** What a request asks for that its client pushes. If it pushes an object, nothing beside that counts. @spec RFC 9126 §2.1, §3 */
export async function askedByPush(form: Form, client: Client, server: AuthorizationServer): Promise<Form | Refusal> {
  const { client_id } = client
  return form.one('request_uri') === undefined ? withObject(form, client, server, true) : refuse('pushed_request_refers', { client_id })
}

async function askedBefore(pushed: Digest, client: Client, server: AuthorizationServer): Promise<Asked | Refusal> {
  const { row } = await reached(() => server.store.gather({ row: find('pushed_request', pushed) }))
  const form = pushedForm(row, client, server.clock())
  return isRefusal(form) ? form : { form, pushed }
}

async function withObject(form: Form, client: Client, server: AuthorizationServer, alone: boolean): Promise<Form | Refusal> {
  const { issuer } = server.catalogue
  const text = await objectIn(form, client, server)
  if (text === undefined) return form
  const object = isRefusal(text) ? text : await verifiedRequestObject(text, client, server)
  return isRefusal(object) ? returnedBy(object, form, { client, issuer }) : effectiveForm(form, object, { client, issuer, alone, now: server.clock() })
}

/** The text of the request object that a form carries or refers to, `undefined` when it has none and needs none. */
async function objectIn(form: Form, client: Client, server: AuthorizationServer): Promise<string | undefined | Refusal> {
  const { client_id, request_uris = [], jwks, jwks_uri, require_signed_request_object } = client
  const repeated = form.repeated.find((name) => name === 'request' || name === 'request_uri')
  if (repeated !== undefined) return refuse('parameter_repeated', { parameter: tellableName(repeated) })
  const request = form.one('request')
  const request_uri = form.one('request_uri')
  const hasKeys = jwks !== undefined || jwks_uri !== undefined
  if (request !== undefined && request_uri !== undefined) return refuse('request_ambiguous', { client_id })
  if (request !== undefined) return hasKeys ? request : refuse('request_not_supported', { client_id })
  if (request_uri === undefined) return require_signed_request_object ? refuse('request_object_missing', { client_id }) : undefined
  if (request_uris.length === 0 || !hasKeys) return refuse('request_uri_not_supported', { client_id })
  return request_uris.includes(request_uri) ? server.requestObjects.at(request_uri, client) : refuse('request_uri_unregistered', { client_id })
}
