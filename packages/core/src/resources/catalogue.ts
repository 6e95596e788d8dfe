import { type Prompt, PROMPTS } from '../authorization/prompt.ts'
import type { Issuer } from '../brand.ts'
import type { SigningAlgorithm } from '../registry/algorithms.ts'
import { isStandardScope, STANDARD_SCOPES } from '../registry/claims.ts'

/** A permission that clients may ask for. */
export interface ScopeEntry {
  readonly name: string
  /** What the user reads when asked, as in “Use the demo API”. */
  readonly description?: string
}

/** An API that access tokens are for. @spec RFC 8707 §2 */
export interface Resource {
  /** Absolute URI without fragment: the audience of its tokens. */
  readonly resource: string
  readonly scopes: readonly string[]
  readonly access_token_format: 'jwt' | 'opaque'
  /** The clients that are the software behind it: they may introspect its tokens and exchange them. */
  readonly operatedBy?: readonly string[]
}

/** The clients that are the software behind some resource. */
export function operatorsOf(resources: readonly { readonly operatedBy?: readonly string[] | undefined }[]): ReadonlySet<string> {
  return new Set(resources.flatMap(({ operatedBy = [] }) => operatedBy))
}

/** What an authorization server offers: the same for every request, and read by every decision. */
export interface Catalogue {
  readonly issuer: Issuer
  readonly scopes: ReadonlyMap<string, ScopeEntry>
  readonly resources: readonly Resource[]
  /** With which algorithm JWT access tokens are signed. */
  readonly accessTokenAlgorithm: SigningAlgorithm
  /** The classes of sign-in that can be reached, from weak to strong. @spec OpenID Connect Discovery §3 */
  readonly acrValues: readonly string[]
  /** What the pages can do for a client that names a prompt; `create` needs a page where users make an account. */
  readonly prompts: readonly Prompt[]
}

/** The catalogue of these scopes and resources beside the standard scopes. */
export function catalogueOf(offered: { issuer: Issuer; scopes: readonly ScopeEntry[]; resources: readonly Resource[]; accessTokenAlgorithm: SigningAlgorithm; acrValues?: readonly string[]; prompts?: readonly Prompt[] }): Catalogue {
  const named = new Map<string, ScopeEntry>(STANDARD_SCOPES.map((name) => [name, { name }]))
  for (const { scopes } of offered.resources) for (const name of scopes) named.set(name, { name })
  for (const scope of offered.scopes) named.set(scope.name, scope)
  return { acrValues: [], prompts: PROMPTS.filter((prompt) => prompt !== 'create'), ...offered, scopes: named }
}

/** Whether some of this scope means something at a resource. */
export function reaches(scope: readonly string[], resource: string, catalogue: Catalogue): boolean {
  return resourcesOf(scope, catalogue).some((owner) => owner.resource === resource)
}

/** The resources that own any of these scopes. */
export function resourcesOf(scope: readonly string[], catalogue: Catalogue): readonly Resource[] {
  return catalogue.resources.filter((resource) => resource.scopes.some((name) => scope.includes(name) && !isStandardScope(name)))
}
