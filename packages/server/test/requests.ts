import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { ClientJwk, ClientMetadata, RefusalKey } from '@latchkey/core'
import type { AuthorizationServerOptions } from '@latchkey/server'
import { expect } from 'vitest'
import { asking, type Parameters, returned } from './browser.ts'
import { CLIENTS, ISSUER, type Issuer, refused, START, testIssuer, WEB_SECRET } from './issuer.ts'
import { expectError } from './tokens.ts'

export const REQUEST_URI = 'https://rp.example/request.jwt#v1'
const SCOPE = 'openid profile email offline_access api'

export const pairs = { ES256: await generateKeyPair('ES256'), RS256: await generateKeyPair('RS256'), PS256: await generateKeyPair('PS256'), EdDSA: await generateKeyPair('EdDSA'), foreign: await generateKeyPair('ES256') } as const
const jwk = async (alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA', kid: string) => ({ ...(await exportJWK(pairs[alg].publicKey)), kid, use: 'sig' }) as unknown as ClientJwk
export const JWKS = { keys: [await jwk('ES256', 'es'), await jwk('RS256', 'rs'), await jwk('PS256', 'ps'), await jwk('EdDSA', 'ed')] }
const KIDS = { ES256: 'es', RS256: 'rs', PS256: 'ps', EdDSA: 'ed' } as const

const CONFIDENTIAL = { client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb', 'https://rp.example/cb2'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE, policy: { consent: 'never' } } as const
const SIGNER: ClientMetadata = { ...CONFIDENTIAL, client_id: 'signer', jwks: JWKS }

/** Clients that sign, that push, and that must. */
export const REQUESTING: readonly ClientMetadata[] = [
  ...CLIENTS,
  SIGNER,
  { ...SIGNER, client_id: 'jar', require_signed_request_object: true },
  { ...SIGNER, client_id: 'lasting', require_signed_request_object: true, policy: { consent: 'never', requestObjectLifetime: 3_600 } },
  { ...SIGNER, client_id: 'es-only', request_object_signing_alg: 'ES256' },
  { ...SIGNER, client_id: 'referring', request_uris: [REQUEST_URI, 'https://rp.example/plain.jwt'] },
  { ...CONFIDENTIAL, client_id: 'published', jwks_uri: 'https://rp.example/jwks' },
  { ...SIGNER, client_id: 'hybrid', profile: 'oidc', grant_types: ['authorization_code', 'implicit'], response_types: ['code', 'code id_token'] },
  { client_id: 'par', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE, require_pushed_authorization_requests: true, policy: { consent: 'never' } },
]

export function requestIssuer(options: Partial<AuthorizationServerOptions> = {}): Issuer {
  return testIssuer({ clients: REQUESTING, algorithms: ['ES256'], ...options })
}

/** The parameters of a client of {@link REQUESTING} that signs. */
export function askingAs(client_id: string, changes: Parameters = {}): Record<string, string> {
  return asking({ client_id, redirect_uri: 'https://rp.example/cb', ...changes })
}

export interface Signing {
  readonly alg?: keyof typeof KIDS
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: globalThis.CryptoKey | Uint8Array
}

/** A request object with the claims that a careful client writes; `undefined` leaves one out. */
export function requestObject(client_id: string, changes: Readonly<Record<string, unknown>> = {}, { alg = 'ES256', header = {}, key = pairs[alg].privateKey }: Signing = {}): Promise<string> {
  const claims = { iss: client_id, aud: ISSUER, iat: START, nbf: START, exp: START + 300, ...askingAs(client_id, { state: 'inside', nonce: 'inside' }), ...changes }
  return new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))).setProtectedHeader({ alg, kid: KIDS[alg], typ: 'oauth-authz-req+jwt', ...header }).sign(key)
}

/** The address that a client sends its user to with a request object. */
export function objectUrl(request: string, outside: Record<string, string>): string {
  return `${ISSUER}/authorize?${new URLSearchParams({ ...outside, request })}`
}

/** A request to push these parameters. */
export function pushRequest(body: Parameters | string, headers: Record<string, string> = {}): Request {
  const text = typeof body === 'string' ? body : new URLSearchParams(Object.entries(body).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString()
  return new Request(`${ISSUER}/par`, { method: 'POST', body: text, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } })
}

/** The `request_uri` of a push that must be a success. */
export async function pushed(issuer: Issuer, body: Parameters, headers: Record<string, string> = {}): Promise<string> {
  const answer = await issuer.fetch(pushRequest(body, headers))
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { request_uri: string }).request_uri
}

/** The address that brings a pushed request. */
export function pushedUrl(request_uri: string, client_id = 'spa', extra = ''): string {
  return `${ISSUER}/authorize?${new URLSearchParams({ client_id, request_uri })}${extra}`
}

/** REDIR: told to the client at its address, with the state that belongs there. */
export async function expectReturned(issuer: Issuer, key: RefusalKey, error: string, url: string, { state = 'S1', target = 'https://rp.example/cb' }: { state?: string | undefined; target?: string } = {}): Promise<void> {
  const answer = await refused(issuer, key, () => issuer.fetch(new Request(url)))
  expect([answer.status, answer.headers.get('location')?.split('?')[0]]).toEqual([303, target])
  const { error_description, ...rest } = returned(answer)
  expect(rest).toEqual({ error, iss: ISSUER, state })
  expect(error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
}

/** PAGE 400: told on a page of ours, with nowhere to go. */
export async function expectPage(issuer: Issuer, key: RefusalKey, error: string, url: string, status = 400): Promise<void> {
  const answer = await refused(issuer, key, () => issuer.fetch(new Request(url)))
  expect([answer.status, answer.headers.get('location'), answer.headers.get('content-type')]).toEqual([status, null, 'text/html; charset=utf-8'])
  expect(await answer.text()).toContain(`<code>${error}</code>`)
}

/** A push that is told in JSON why it is refused, and leaves nothing behind. */
export async function expectUnpushed(issuer: Issuer, key: RefusalKey, status: number, error: string, request: Request, headers: Record<string, string | null> = {}): Promise<void> {
  await expectError(await refused(issuer, key, () => issuer.fetch(request)), status, error, headers)
  expect(issuer.count('pushed_request')).toBe(0)
}
