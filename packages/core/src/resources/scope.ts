import { isRefusal, refuse, type Refusal } from '../decision.ts'
import type { Client } from '../client/metadata.ts'
import { isStandardScope } from '../registry/claims.ts'
import type { Catalogue } from './catalogue.ts'

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const LONGEST = 2_000

/** The scope names of a `scope` parameter, each once. @spec RFC 6749 §3.3 */
export function parseScope(text: string): readonly string[] | Refusal {
  if (text.length > LONGEST) return refuse('scope_malformed', { length: text.length })
  const names = [...new Set(text.split(' ').filter((name) => name !== ''))]
  return names.every((name) => SCOPE_TOKEN.test(name)) ? names : refuse('scope_malformed')
}

/** The first of the names that the client may not ask for. */
export function scopeNotAllowed(names: readonly string[], client: Client): string | undefined {
  return names.find((name) => !client.scope.includes(name))
}

/**
 * The scope that a request through the browser asks for. A name that nobody offers is ignored, a name that is offered but not to
 * this client is refused.
 * @spec OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.2.1
 */
export function requestedScope(text: string | undefined, resource: readonly string[], client: Client, catalogue: Catalogue): readonly string[] | Refusal {
  const names = text === undefined ? scopeAt(resource, client, catalogue) : parseScope(text)
  if (isRefusal(names)) return names
  const offered = names.filter((name) => catalogue.scopes.has(name))
  const foreign = scopeNotAllowed(offered, client)
  if (foreign !== undefined) return refuse('scope_not_allowed', { scope: foreign })
  return offered.length === 0 ? refuse('scope_empty', { client_id: client.client_id }) : offered
}

/** What a client asks for that names resources and no scope: all that it may do there. @spec RFC 6749 §3.3, RFC 8707 §2 */
function scopeAt(resource: readonly string[], client: Client, catalogue: Catalogue): readonly string[] {
  const named = catalogue.resources.filter((offered) => resource.includes(offered.resource))
  return client.scope.filter((name) => named.some(({ scopes }) => scopes.includes(name)))
}

/**
 * The scope that a client asks for itself, all of its API scopes when it names none. Nobody reads a consent page here, so that an unknown
 * name is refused rather than ignored.
 * @spec RFC 6749 §4.4.2
 */
export function ownScope(text: string | undefined, client: Client, catalogue: Catalogue): readonly string[] | Refusal {
  const names = namedScope(text, client, catalogue)
  if (isRefusal(names)) return names
  const aboutUsers = names.find(isStandardScope)
  return aboutUsers === undefined ? names : refuse('scope_needs_user', { scope: aboutUsers })
}

/** The scope that a client asks for at the token endpoint for a user or itself, all of its API scopes when it names none. @spec RFC 6749 §3.3 */
export function namedScope(text: string | undefined, client: Client, catalogue: Catalogue): readonly string[] | Refusal {
  if (text === undefined) return client.scope.filter((name) => !isStandardScope(name) && catalogue.scopes.has(name))
  const names = parseScope(text)
  if (isRefusal(names)) return names
  const unknown = names.find((name) => !catalogue.scopes.has(name))
  if (unknown !== undefined) return refuse('scope_unknown')
  const foreign = scopeNotAllowed(names, client)
  return foreign === undefined ? names : refuse('scope_not_allowed', { scope: foreign })
}

/** The part of a granted scope that a refresh asks for; it may shrink and never grow. @spec RFC 6749 §6 */
export function narrowedScope(text: string | undefined, granted: readonly string[]): readonly string[] | Refusal {
  if (text === undefined || text.trim() === '') return granted
  const names = parseScope(text)
  if (isRefusal(names)) return names
  const beyond = names.find((name) => !granted.includes(name))
  return beyond === undefined ? names : refuse('scope_exceeds_grant')
}

/** Whether everything in `asked` is within `granted`. */
export function covers(granted: readonly string[], asked: readonly string[]): boolean {
  return asked.every((name) => granted.includes(name))
}
