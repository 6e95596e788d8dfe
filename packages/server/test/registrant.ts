import type { AuthorizationServerOptions } from '@latchkey/server'
import { ISSUER, type Issuer, testIssuer } from './issuer.ts'

/** What a client sends to be registered, and what it is told, as far as the tests look. */
export type Metadata = Readonly<Record<string, unknown>>
export interface Information extends Metadata {
  readonly client_id: string
  readonly client_secret?: string
  readonly registration_client_uri: string
  readonly registration_access_token: string
}

/** The least that a client registers. */
export const LEAST = { redirect_uris: ['https://new.example/cb'] }
/** A public client that needs nothing else. */
export const PUBLIC = { ...LEAST, token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] }

/** A server where clients may register: everybody unless the options say otherwise. */
export function registering(registration: Partial<NonNullable<AuthorizationServerOptions['registration']>> = {}, options: Partial<AuthorizationServerOptions> = {}): Issuer {
  return testIssuer({ registration: { access: 'open', ...registration }, ...options })
}

/** Sends a registration, with a token if there is one. */
export function post(issuer: Issuer, body: unknown, token?: string, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return issuer.send(new Request(`${ISSUER}/register`, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...bearer(token), ...headers } }))
}

/** Registers a client that must be accepted. */
export async function registered(issuer: Issuer, body: unknown = LEAST, token?: string): Promise<Information> {
  const answer = await post(issuer, body, token)
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Information
}

/** Calls the address that a client was given for itself. */
export function call(issuer: Issuer, method: 'GET' | 'PUT' | 'DELETE', uri: string, token: string | undefined, body?: unknown): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return issuer.send(new Request(uri, { method, headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...sent }))
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
