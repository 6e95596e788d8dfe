import { decodeBase64url, encodeBase64url } from '@latchkey/core'
import { expect } from 'vitest'
import { type Browser, browserFor, codeOf, asking, askingWeb, type Parameters, VERIFIER } from './browser.ts'
import { ISSUER, type Issuer, SERVICE_SECRET, WEB_SECRET } from './issuer.ts'

/** HTTP Basic credentials of a client. @spec RFC 6749 §2.3.1 */
export function basic(client_id: string, secret: string): Record<string, string> {
  const encode = (text: string) => new URLSearchParams({ t: text }).toString().slice(2)
  return { authorization: `Basic ${btoa(`${encode(client_id)}:${encode(secret)}`)}` }
}
export const WEB = basic('web', WEB_SECRET)
export const EVIL = basic('evil', WEB_SECRET)
export const SERVICE = basic('service', SERVICE_SECRET)

/** A request to the token endpoint with this body. */
export function tokenRequest(body: Parameters | string, headers: Record<string, string> = {}): Request {
  const text = typeof body === 'string' ? body : new URLSearchParams(Object.entries(body).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString()
  return new Request(`${ISSUER}/token`, { method: 'POST', body: text, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } })
}

/** The body that redeems a code of the client `spa`. */
export function redeeming(code: string, changes: Parameters = {}): Parameters {
  return { grant_type: 'authorization_code', code, client_id: 'spa', redirect_uri: 'https://spa.example/cb', code_verifier: VERIFIER, ...changes }
}
export function redeemingWeb(code: string, changes: Parameters = {}): Parameters {
  return redeeming(code, { client_id: undefined, redirect_uri: 'https://rp.example/cb', ...changes })
}
export function refreshing(refresh_token: string, changes: Parameters = {}): Parameters {
  return { grant_type: 'refresh_token', refresh_token, client_id: 'spa', ...changes }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
}

/** The tokens of an answer that must be a success. */
export async function tokensOf(answer: Response): Promise<Tokens> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as Tokens
}

/** Signs alice in with a public client that may refresh. */
export async function signedIn(issuer: Issuer, changes: Parameters = {}, browser: Browser = browserFor(issuer)): Promise<Tokens> {
  const parameters = asking({ scope: 'openid profile email offline_access api', ...changes })
  const code = await codeOf(browser, parameters)
  return tokensOf(await issuer.fetch(tokenRequest(redeeming(code, { client_id: parameters.client_id }))))
}

/** The same with the confidential client. */
export async function signedInToWeb(issuer: Issuer, changes: Parameters = {}, browser: Browser = browserFor(issuer)): Promise<Tokens> {
  const code = await codeOf(browser, askingWeb({ scope: 'openid email offline_access api', ...changes }))
  return tokensOf(await issuer.fetch(tokenRequest(redeemingWeb(code), WEB)))
}

/** A request to userinfo with this access token. */
export function userinfoRequest(access_token?: string, init: RequestInit = {}): Request {
  return new Request(`${ISSUER}/userinfo`, { ...init, headers: { ...(access_token === undefined ? {} : { authorization: `Bearer ${access_token}` }), ...(init.headers as Record<string, string> | undefined) } })
}

/** Whether an access token still is good for userinfo. */
export async function isAlive(issuer: Issuer, access_token: string): Promise<boolean> {
  return (await issuer.fetch(userinfoRequest(access_token))).status === 200
}

/** The claims of a JWT, not verified. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(decodeBase64url(jwt.split('.')[1] ?? ''))) as Record<string, unknown>
}

/** A JWT with other claims under the old signature. */
export function forged(jwt: string, claims: Record<string, unknown>, header?: Record<string, unknown>): string {
  const [first = '', , signature = ''] = jwt.split('.')
  const part = (value: unknown) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)))
  return `${header === undefined ? first : part(header)}.${part(claims)}.${signature}`
}

/** Asserts a JSON error answer completely. @spec RFC 6749 §5.2 */
export async function expectError(answer: Response, status: number, error: string, headers: Record<string, string | null> = {}): Promise<void> {
  const body = (await answer.json()) as Record<string, unknown>
  expect({ status: answer.status, error: body.error, members: Object.keys(body) }).toEqual({ status, error, members: ['error', 'error_description'] })
  expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const challenge = { 'www-authenticate': null, ...headers }
  for (const [name, value] of Object.entries(challenge)) expect(answer.headers.get(name), name).toBe(value)
}
export const BASIC_CHALLENGE = { 'www-authenticate': 'Basic realm="client"' }
