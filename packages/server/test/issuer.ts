import type { Account, ClientMetadata } from '@latchkey/core'
import { createAuthorizationServer, type AuthorizationServerOptions, type Event, type RunningServer } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'

export const ISSUER = 'https://as.example'
export const API = 'https://api.example.com'
export const WEB_SECRET = 'web-secret-for-the-tests-only-0001'
export const SERVICE_SECRET = 'service-secret: %+ü for the tests 1'

const SCOPE = 'openid profile email address phone offline_access api'

export const CLIENTS: readonly ClientMetadata[] = [
  { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE, allowed_cors_origins: ['https://spa.example'], policy: { consent: 'never' } },
  { client_id: 'strict', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE, policy: { consent: 'never', refreshTokenReplayWindow: 0 } },
  { client_id: 'web', client_name: 'Web <App>', client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb', 'https://rp.example/cb2', 'https://rp.example/cb?a=1%202'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE },
  { client_id: 'post', token_endpoint_auth_method: 'client_secret_post', client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb'], grant_types: ['authorization_code'], scope: SCOPE, profile: 'oidc', policy: { consent: 'never' } },
  { client_id: 'native', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'], grant_types: ['authorization_code'], scope: 'openid', policy: { consent: 'never' } },
  { client_id: 'service', client_secret: SERVICE_SECRET, grant_types: ['client_credentials'], scope: 'api reports' },
  { client_id: 'evil', client_secret: WEB_SECRET, redirect_uris: ['https://evil.example/cb'], grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE, policy: { consent: 'never' } },
]

const CLAIMS = { name: 'Alice', email: 'alice@example.com', email_verified: true, nickname: '', phone_number: null }

/** A server in memory whose clock stands still until it is moved. */
export interface Issuer extends RunningServer {
  readonly events: Event[]
  readonly accounts: Map<string, Account>
  /** Moves the clock, in seconds. */
  pass(seconds: number): void
  now(): number
}

export function testIssuer(options: Partial<AuthorizationServerOptions> = {}): Issuer {
  const events: Event[] = []
  const accounts = new Map<string, Account>(['alice', 'bob'].map((sub) => [sub, { sub, active: true, claims: CLAIMS }]))
  let now = 1_800_000_000
  const server = createAuthorizationServer({
    issuer: ISSUER,
    clients: CLIENTS,
    scopes: [{ name: 'admin' }],
    resources: [
      { resource: API, scopes: ['api'] },
      { resource: 'https://reports.example', scopes: ['reports'], access_token_format: 'opaque' },
    ],
    store: memoryStore(),
    users: { find: (sub) => accounts.get(sub) },
    encryptionKey: 'an encryption key for the tests only',
    clock: () => now,
    events: (event) => events.push(event),
    ...options,
  })
  return { ...server, events, accounts, pass: (seconds) => void (now += seconds), now: () => now }
}
