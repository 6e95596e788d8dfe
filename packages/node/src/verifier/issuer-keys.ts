import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose'
import { type Bounds, fetchJson } from '../http/bounded-json.ts'
import type { Transport } from '../http/endpoint-url.ts'
import { discoverJwksUri } from './issuer-metadata.ts'

/** An issuer's public keys, fetched when they are first needed. */
export interface IssuerKeys {
  /** Answers the keys known now; throws {@link KeysUnavailable} when there are none. */
  current(): Promise<LocalJWKSet>
  /** Answers the keys after a token named one that `seen` lacks: newer ones, or `seen` itself while the cooldown lasts. */
  newerThan(seen: LocalJWKSet): Promise<LocalJWKSet>
}

/** Where the keys are and how often they may be asked for; all times in seconds. */
export interface IssuerKeysOptions extends Bounds, Transport {
  readonly issuer: string
  readonly jwksUri?: string | undefined
  /** How long fetched keys are used before they are fetched again. */
  readonly maxAge: number
  /** The least time between two fetches caused by unknown keys. */
  readonly cooldown: number
  readonly now: () => number
}

/** Thrown when an issuer's keys cannot be learned; says nothing about the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

/** How long keys outlive `maxAge` while the issuer cannot be reached, in seconds. */
const STALE_FOR = 3600
/** How long a failed fetch is believed, in seconds, so that a flood of requests is not a flood of fetches. */
const FAILURE_PAUSE = 1

/** Creates the keys of one issuer: cached, fetched once for all who wait, and fetched again early when a new key appears. */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { now, maxAge, cooldown } = options
  let held: { readonly keys: LocalJWKSet; readonly fetchedAt: number } | undefined
  let failed: { readonly error: KeysUnavailable; readonly at: number } | undefined
  let loading: Promise<LocalJWKSet> | undefined
  let renewedAt = -Infinity

  async function load(): Promise<LocalJWKSet> {
    try {
      const keys = await fetchKeys(options)
      held = { keys, fetchedAt: now() }
      failed = undefined
      return keys
    } catch (cause) {
      const error = new KeysUnavailable(`the keys of ${options.issuer} are not available: ${cause instanceof Error ? cause.message : 'unknown cause'}`, { cause })
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
  const { status, body } = await fetchJson(jwksUri, options)
  if (status !== 200) throw new Error(`${jwksUri} was answered with status ${status}`)
  if (!isKeySet(body)) throw new errors.JWKSInvalid('the JSON Web Key Set is malformed')
  return createLocalJWKSet(body)
}

function isKeySet(body: unknown): body is JSONWebKeySet {
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)
}
