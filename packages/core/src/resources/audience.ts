import { refuse, type Refusal } from '../decision.ts'
import { isStandardScope } from '../registry/claims.ts'
import { type Catalogue, type Resource, resourcesOf } from './catalogue.ts'

/** For whom an access token is, and what it may do there. */
export interface Audience {
  /** The resources' URIs, and the issuer itself where userinfo may be asked. */
  readonly aud: readonly string[]
  readonly scope: readonly string[]
  readonly format: 'jwt' | 'opaque'
}

/** The resources that a request names, or a refusal when one of them is not offered. @spec RFC 8707 §2 */
export function requestedResources(named: readonly string[], catalogue: Catalogue): readonly string[] | Refusal {
  const unknown = named.find((uri) => !catalogue.resources.some(({ resource }) => resource === uri))
  return unknown === undefined ? [...new Set(named)] : refuse('resource_unknown')
}

/** The resources that a token request picks from those that were approved, all of them when it names none. @spec RFC 8707 §2.2 */
export function narrowedResources(named: readonly string[], granted: readonly string[], scope: readonly string[], catalogue: Catalogue): readonly string[] | Refusal {
  const reachable = granted.length > 0 ? granted : resourcesOf(scope, catalogue).map(({ resource }) => resource)
  const beyond = named.find((uri) => !reachable.includes(uri))
  return beyond === undefined ? [...new Set(named)] : refuse('resource_not_granted')
}

/**
 * The audience of an access token with this scope. Named resources get a token that is good there alone, with their part of the
 * scope; without a name it is the resources that own the scope, and userinfo when `openid` is in it.
 * @spec RFC 9068 §3, RFC 8707 §2.2
 */
export function audienceOf(scope: readonly string[], named: readonly string[], catalogue: Catalogue): Audience {
  if (named.length > 0) {
    const chosen = catalogue.resources.filter(({ resource }) => named.includes(resource))
    const within = scope.filter((name) => chosen.some(({ scopes }) => scopes.includes(name)))
    return { aud: named, scope: within, format: formatOf(chosen) }
  }
  const owners = resourcesOf(scope, catalogue)
  const userinfo = scope.includes('openid') || owners.length === 0 ? [catalogue.issuer] : []
  return { aud: [...userinfo, ...owners.map(({ resource }) => resource)], scope: scope.filter((name) => isStandardScope(name) || catalogue.scopes.has(name)), format: formatOf(owners) }
}

function formatOf(resources: readonly Resource[]): 'jwt' | 'opaque' {
  return resources.some(({ access_token_format }) => access_token_format === 'opaque') ? 'opaque' : 'jwt'
}
