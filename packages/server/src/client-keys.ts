import type { Client, ClientJwk, Instant, Seconds } from '@latchkey/core'
import type { AuthorizationServer } from './authorization-server.ts'
import type { Clock } from './ports/clock.ts'
import type { Outbound } from './ports/outbound.ts'

/** The public keys that clients publish at their addresses, as they were fetched last. */
export interface PublishedKeys {
  /** The keys at an address, fetched again for a `kid` that is not among them. */
  at(url: string, kid: string | undefined): Promise<readonly ClientJwk[] | 'unreachable'>
}

/** How long fetched keys are believed. */
const FRESH: Seconds = 600
/** How long they serve when newer ones can not be had. */
const STALE: Seconds = 86_400
/** An address is called at most this often in a minute, whatever clients send. @spec OpenID Connect Core §10.1.1 */
const CALLS = 2
const MINUTE: Seconds = 60
const MOST_ADDRESSES = 1_000

interface Shelf {
  readonly keys: readonly ClientJwk[]
  readonly fetchedAt: Instant
  readonly calls: readonly Instant[]
  readonly coming?: Promise<readonly ClientJwk[] | undefined>
}

/** The public keys of a client: those it registered, or those at its address. @spec OpenID Connect Core §10.1, RFC 7591 §2 */
export function clientKeys({ jwks, jwks_uri }: Client, { publishedKeys }: AuthorizationServer, kid?: string): Promise<readonly ClientJwk[] | 'unreachable'> {
  return jwks_uri === undefined ? Promise.resolve(jwks?.keys ?? []) : publishedKeys.at(jwks_uri, kid)
}

/** Fetches keys through this port. One call serves all who wait for it; a key set that is no key set counts as none. */
export function publishedKeys(outbound: Outbound, clock: Clock): PublishedKeys {
  const shelves = new Map<string, Shelf>()

  async function fetched(url: string): Promise<readonly ClientJwk[] | undefined> {
    try {
      const { status, body } = await outbound(url, { headers: { accept: 'application/jwk-set+json, application/json' } })
      return status === 200 ? keysIn(JSON.parse(body)) : undefined
    } catch {
      return undefined
    }
  }

  function call(url: string, shelf: Shelf): Promise<readonly ClientJwk[] | undefined> {
    if (shelf.coming !== undefined) return shelf.coming
    const now = clock()
    const calls = shelf.calls.filter((at) => at > now - MINUTE)
    if (calls.length >= CALLS) return Promise.resolve(undefined)
    const coming = fetched(url).then((keys) => {
      keep(url, { keys: keys ?? shelf.keys, fetchedAt: keys === undefined ? shelf.fetchedAt : clock(), calls: [...calls, now] })
      return keys
    })
    keep(url, { ...shelf, coming })
    return coming
  }

  function keep(url: string, shelf: Shelf): void {
    shelves.delete(url)
    shelves.set(url, shelf)
    const [oldest] = shelves.keys()
    if (shelves.size > MOST_ADDRESSES && oldest !== undefined) shelves.delete(oldest)
  }

  return {
    async at(url, kid) {
      const shelf = shelves.get(url) ?? { keys: [], fetchedAt: -Infinity, calls: [] }
      const isKnown = kid === undefined || shelf.keys.some((key) => key.kid === kid)
      if (isKnown && clock() - shelf.fetchedAt < FRESH) return shelf.keys
      const newer = await call(url, shelf)
      if (newer !== undefined) return newer
      return clock() - shelf.fetchedAt < STALE ? shelf.keys : 'unreachable'
    },
  }
}

function keysIn(document: unknown): readonly ClientJwk[] | undefined {
  const keys: unknown = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined
  return Array.isArray(keys) ? keys.filter(isKey) : undefined
}

function isKey(value: unknown): value is ClientJwk {
  return typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string' && value.kty !== 'oct'
}
