import { AuthError, type ExchangeOptions } from '@latchkey/client'
import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose'
import type { Transport } from '../http/endpoint-url.ts'
import { discoverJwksUri, fetchDocument } from './issuer-metadata.ts'

/** An issuer's public keys, fetched when they are first needed. */
export interface IssuerKeys {
  /** Answers the keys known now; throws an AuthError when there are none. */
  current(): Promise<LocalJWKSet>
  /** Answers the keys after a token named one that `seen` lacks: newer ones, or `seen` itself while the cooldown lasts. */
  newerThan(seen: LocalJWKSet): Promise<LocalJWKSet>
}

/** Where the keys are and how often they may be asked for; all times in seconds. */
export interface IssuerKeysOptions extends ExchangeOptions, Transport {
  readonly issuer: string
  readonly jwksUri?: string | undefined
  /** How long fetched keys are used before they are fetched again. */
  readonly maxAge: number
  /** The least time between two fetches caused by unknown keys. */
  readonly cooldown: number
  readonly now: () => number
}

/** How long keys outlive `maxAge` while the issuer cannot be reached, in seconds. */
const STALE_FOR = 3600
/** How long a failed fetch is believed, in seconds, so that a flood of requests is not a flood of fetches. */
const FAILURE_PAUSE = 1

/** Creates the keys of one issuer: cached, fetched once for all who wait, and fetched again early when a new key appears. */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { now, maxAge, cooldown } = options
  let held: { readonly keys: LocalJWKSet; readonly fetchedAt: number } | undefined
  let failed: { readonly error: unknown; readonly at: number } | undefined
  let loading: Promise<LocalJWKSet> | undefined
  let renewedAt = -Infinity

  async function load(): Promise<LocalJWKSet> {
    try {
      const keys = await fetchKeys(options)
      held = { keys, fetchedAt: now() }
      failed = undefined
      return keys
    } catch (error) {
      failed = { error, at: now() }
      throw error
    } finally {
      loading = undefined
    }
  }

  async function loadOrKeep(): Promise<LocalJWKSet> {
    if (failed !== undefined && now() - failed.at < FAILURE_PAUSE) return stale(failed.error)
    try {
      return await (loading ??= load())
    } catch (error) {
      return stale(error)
    }
  }

  function stale(error: unknown): LocalJWKSet {
    if (held !== undefined && now() - held.fetchedAt < maxAge + STALE_FOR) return held.keys
    throw error
  }

  return {
    async current() {
      return held !== undefined && now() - held.fetchedAt < maxAge ? held.keys : loadOrKeep()
    },
    async newerThan(seen) {
      if (held !== undefined && held.keys !== seen) return held.keys
      if (loading === undefined) {
        if (now() - renewedAt < cooldown) return seen
        renewedAt = now()
      }
      return loadOrKeep()
    },
  }
}

async function fetchKeys(options: IssuerKeysOptions): Promise<LocalJWKSet> {
  const jwksUri = options.jwksUri ?? (await discoverJwksUri(options.issuer, options))
  const { status, body } = await fetchDocument(jwksUri, options)
  if (status !== 200) throw new AuthError(`the keys were answered with status ${status}`, { code: 'http_error', phase: 'verify', status })
  if (!isKeySet(body)) throw new AuthError('the JSON Web Key Set is malformed', { code: 'response_not_json', phase: 'verify' })
  return createLocalJWKSet(body)
}

function isKeySet(body: unknown): body is JSONWebKeySet {
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)
}
