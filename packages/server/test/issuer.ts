import type { Account, ClientMetadata, Kind, RefusalKey, Write } from '@latchkey/core'
import { createAuthorizationServer, type AuthorizationServerOptions, type Event, type RunningServer, type Store } from '@latchkey/server'
import { memoryStore } from '@latchkey/server/testing'
import { expect } from 'vitest'
import { pagesOf } from './pages.ts'

export const ISSUER = 'https://as.example'
export const API = 'https://api.example.com'
export const REPORTS = 'https://reports.example'
export const WEB_SECRET = 'web-secret-for-the-tests-only-0001'
export const SERVICE_SECRET = 'service-secret: %+ü for the tests 1'
export const ENCRYPTION_KEY = 'an encryption key for the tests only'
export const START = 1_800_000_000

const SCOPE = 'openid profile email address phone offline_access api'
const CODE = ['authorization_code', 'refresh_token']

export const CLIENTS: readonly ClientMetadata[] = [
  { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: CODE, scope: SCOPE, allowed_cors_origins: ['https://spa.example'], policy: { consent: 'never' } },
  { client_id: 'strict', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], grant_types: CODE, scope: SCOPE, policy: { consent: 'never', refreshTokenReplayWindow: 0 } },
  { client_id: 'web', client_name: 'Web <App>', client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb', 'https://rp.example/cb2', 'https://rp.example/cb?a=1%202', 'https://foo.rp.example/cb'], grant_types: CODE, scope: `${SCOPE} reports` },
  { client_id: 'post', token_endpoint_auth_method: 'client_secret_post', client_secret: WEB_SECRET, redirect_uris: ['https://rp.example/cb'], grant_types: ['authorization_code'], scope: SCOPE, profile: 'oidc', policy: { consent: 'never' } },
  { client_id: 'native', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'], grant_types: ['authorization_code'], scope: 'openid', policy: { consent: 'never' } },
  { client_id: 'service', client_secret: SERVICE_SECRET, grant_types: ['client_credentials'], scope: 'openid offline_access api reports' },
  { client_id: 'always', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa.example/cb'], scope: SCOPE, policy: { consent: 'always' } },
  { client_id: 'evil', client_secret: WEB_SECRET, redirect_uris: ['https://evil.example/cb'], grant_types: CODE, scope: SCOPE, policy: { consent: 'never' } },
]

/** Everything that userinfo could tell, and what it must leave out. */
export const CLAIMS = { name: 'Alice', email: 'alice@example.com', email_verified: true, nickname: '', phone_number: null, secret_note: 'never told' }

/** A server in memory whose clock stands still until it is moved, with two pages of an application before it. */
export interface Issuer extends RunningServer {
  readonly events: Event[]
  readonly accounts: Map<string, Account>
  readonly store: Store
  /** Answers a request as the whole application does: its pages, and the server for the rest. */
  send(http: Request): Promise<Response>
  /** Moves the clock, in seconds. */
  pass(seconds: number): void
  now(): number
  /** Everything that is stored, as one text to compare, or everything but one kind. */
  stored(except?: Kind): string
  /** How many rows of a kind there are. */
  count(kind: Kind): number
  /** The keys of all refusals so far. */
  refusals(): readonly RefusalKey[]
}

export function testIssuer(options: Partial<AuthorizationServerOptions> = {}): Issuer {
  const events: Event[] = []
  const accounts = new Map<string, Account>(['alice', 'bob'].map((sub) => [sub, { sub, active: true, claims: CLAIMS }]))
  let now = START
  const { store, rows } = watched(options.store ?? memoryStore())
  const server = createAuthorizationServer({
    issuer: ISSUER,
    clients: CLIENTS,
    scopes: [{ name: 'admin' }],
    resources: [
      { resource: API, scopes: ['api'] },
      { resource: REPORTS, scopes: ['reports'], access_token_format: 'opaque' },
    ],
    users: { find: (sub) => accounts.get(sub) },
    encryptionKey: ENCRYPTION_KEY,
    clock: () => now,
    events: (event) => events.push(event),
    ...options,
    store,
  })
  return {
    ...server,
    events,
    accounts,
    store,
    send: pagesOf(server),
    pass: (seconds) => void (now += seconds),
    now: () => now,
    stored: (except) => JSON.stringify([...rows].filter(([key]) => !key.startsWith(`${except} `)).sort(([one], [other]) => one.localeCompare(other))),
    count: (kind) => [...rows.keys()].filter((key) => key.startsWith(`${kind} `)).length,
    refusals: () => events.flatMap((event) => (event.event === 'refused' ? [event.key] : [])),
  }
}

/** A store and the rows that its commits have left in it. */
function watched(inner: Store): { store: Store; rows: ReadonlyMap<string, unknown> } {
  const rows = new Map<string, unknown>()
  const note = (write: Write) => {
    if (write.write === 'remove') rows.delete(`${write.kind} ${write.key}`)
    else rows.set(`${write.kind} ${write.key}`, write.record)
  }
  const store: Store = {
    ...inner,
    async commit(writes) {
      const outcome = await inner.commit(writes)
      if (outcome === 'committed') writes.forEach(note)
      return outcome
    },
  }
  return { store, rows }
}

/** Runs a request that must be refused: this key reaches the operator with the trace that the caller reads, and no row changes, but for one kind where told. */
export async function refused(issuer: Issuer, key: RefusalKey, act: () => Promise<Response>, except?: Kind): Promise<Response> {
  await issuer.ready()
  const before = { stored: issuer.stored(except), events: issuer.events.length }
  const answer = await act()
  const events = issuer.events.slice(before.events).filter(({ event }) => event !== 'fault')
  const last = events.at(-1)
  expect(events.map(({ event }) => event)).toEqual(['refused'])
  expect(last).toMatchObject({ event: 'refused', key, trace: answer.headers.get('trace-id'), at: issuer.now() })
  expect(answer.headers.get('trace-id')).toMatch(/^[A-Za-z0-9_-]{27}$/)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(issuer.stored(except)).toBe(before.stored)
  return answer
}
