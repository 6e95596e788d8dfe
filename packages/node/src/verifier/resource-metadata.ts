import { configError } from '../config-error.ts'
import { objectionTo } from '../http/endpoint-url.ts'

/** What a resource server tells about itself. */
export interface ResourceMetadataOptions {
  /** The identifier of the resource: an https address without fragment, as the audience of its tokens names it. */
  readonly resource: string
  /** The issuers whose tokens are taken. */
  readonly authorizationServers: readonly string[]
  readonly scopes?: readonly string[]
  /** Whether every token must be bound to a key. */
  readonly dpopRequired?: boolean
  readonly name?: string
  readonly documentation?: string
  /** Further members by their registered names. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** The metadata of a resource server. */
export interface ResourceMetadata {
  /** Where the document is: what `createVerifier` takes as `resourceMetadata`. */
  readonly url: string
  readonly document: Readonly<Record<string, unknown>>
  /** Answers requests for the document, and `undefined` for all others. */
  handle(request: Request): Response | undefined
}

/** Describes a resource server, so that clients find out which authorization server to go to. @spec RFC 9728 §2, §3.1 */
export function createResourceMetadata({ resource, authorizationServers, scopes, dpopRequired, name, documentation, extra }: ResourceMetadataOptions): ResourceMetadata {
  const objection = objectionTo(resource, { allowInsecure: false })
  if (objection !== undefined) throw configError(`resource ${objection}`)
  for (const issuer of authorizationServers) if (objectionTo(issuer, { allowInsecure: true }) !== undefined) throw configError(`authorizationServers: ${issuer} is no issuer`)
  const { origin, pathname, search } = new URL(resource)
  const path = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  const document = {
    ...extra,
    resource,
    authorization_servers: authorizationServers,
    bearer_methods_supported: ['header'],
    ...(scopes !== undefined && { scopes_supported: scopes }),
    ...(dpopRequired !== undefined && { dpop_bound_access_tokens_required: dpopRequired }),
    ...(name !== undefined && { resource_name: name }),
    ...(documentation !== undefined && { resource_documentation: documentation }),
  }
  return {
    url: `${origin}${path}${search}`,
    document,
    handle(request) {
      const at = new URL(request.url)
      if (at.pathname !== path || at.search !== search) return undefined
      if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
      return Response.json(document, { headers: { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' } })
    },
  }
}
