import type { AccessToken } from '@latchkey/client'
import { createHash } from 'node:crypto'
import type { TokenTarget } from './token-events.ts'

/** A cache that several processes share, such as Redis; it holds live tokens and must be guarded like them. */
export interface TokenCache {
  /** Answers the text kept under a key. */
  get(key: string): Promise<string | null | undefined>
  /** Keeps a text for at most `ttl` seconds. */
  set(key: string, text: string, ttl: number): Promise<unknown>
  /** Forgets a key. */
  delete(key: string): Promise<unknown>
}

/** An access token as it is kept: `renewAt`, in seconds since 1970, is when it is replaced although it still holds. */
export interface KeptToken {
  readonly accessToken: AccessToken
  readonly renewAt: number
}

/** Everything that decides whether two requests may share a token. */
export interface TokenIdentity extends TokenTarget {
  readonly issuer: string
  readonly clientId: string
  /** The thumbprint of the key that tokens are bound to. @spec RFC 9449 §6.1 */
  readonly jkt?: string
}

/** Names a token by all its parameters; scope tokens in another order are the same scope. */
export function cacheKey({ issuer, clientId, resource, scope, jkt }: TokenIdentity): string {
  const parameters = JSON.stringify([issuer, clientId, resource ?? null, (scope ?? '').split(' ').sort(), ...(jkt === undefined ? [] : [jkt])])
  return `latchkey:access_token:${createHash('sha256').update(parameters).digest('base64url')}`
}

/** Writes a token for the shared cache, with the issuer and client it belongs to. */
export function writeKept({ issuer, clientId }: TokenIdentity, kept: KeptToken): string {
  return JSON.stringify({ issuer, clientId, ...kept })
}

/** Reads a token from the shared cache; `undefined` for anything but a token of this issuer and client. */
export function parseKept(identity: TokenIdentity, text: string | null | undefined): KeptToken | undefined {
  const found = parseObject(text)
  const token = found?.accessToken
  if (found?.issuer !== identity.issuer || found.clientId !== identity.clientId || !isObject(token)) return undefined
  const { renewAt } = found
  const wanted = identity.jkt === undefined ? 'Bearer' : 'DPoP'
  const { token: written, type, expiresAt, scope } = token
  if (typeof written !== 'string' || type !== wanted || typeof expiresAt !== 'number' || typeof renewAt !== 'number') return undefined
  if (!Array.isArray(scope) || !scope.every((one) => typeof one === 'string')) return undefined
  return { accessToken: { token: written, type: wanted, expiresAt, scope }, renewAt }
}

function parseObject(text: string | null | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
