import { type Account, accountOf, type ClientMetadata, defineGrant, fact, issueFor, optional, several, unbounded } from '@latchkey/core'
import { type AuthorizationServerOptions, createAuthorizationServer } from '../create.ts'
import type { Event } from '../ports/events.ts'
import { listenOnLoopback } from './loopback-listener.ts'
import { memoryStore } from './memory-store.ts'
import { signInPages } from './sign-in-pages.ts'

/** Somebody who can sign in at a test issuer. */
export interface TestUser {
  readonly sub: string
  readonly claims?: Account['claims']
}

/** What a test issuer is made of; everything that {@link createAuthorizationServer} takes, and defaults for all of it. */
export interface TestIssuerOptions extends Partial<Omit<AuthorizationServerOptions, 'issuer' | 'users' | 'interaction' | 'grants'>> {
  /** Clients, which users are not asked to consent to unless their `policy` says so. Without any there is `test`, which may ask for every scope. */
  readonly clients?: readonly ClientMetadata[]
  /** Users; `alice` unless told. */
  readonly users?: readonly TestUser[]
}

/** Which access token a test wants. */
export interface TestTokenRequest {
  /** The user; without one the client gets a token for itself. */
  readonly sub?: string
  /** Space-separated. */
  readonly scope?: string
  /** The client that the token is issued to; the first one unless told. */
  readonly client_id?: string
  readonly resource?: string | readonly string[]
}

/** An issuer that runs for a test. */
export interface TestIssuer {
  /** The issuer, and where it answers. */
  readonly url: string
  /** Everything that it decided, the latest last. */
  readonly events: readonly Event[]
  /** An access token, without a sign-in. Rejects with the issuer's words when client or user may not have it. */
  tokenFor(request?: TestTokenRequest): Promise<string>
  close(): Promise<void>
}

const GRANT = 'urn:latchkey:testing'
const SECRET = 'for tests only, which anybody may know'

const forTests = defineGrant({
  grant_type: GRANT,
  parameters: { sub: optional, scope: unbounded, resource: several },
  needs: ({ sub }) => ({ named: fact(async () => (sub === undefined ? undefined : { sub })), account: accountOf('named') }),
  decide(input) {
    const { request: { sub, scope, resource }, known, now } = input
    const subject = sub === undefined ? {} : { subject: { account: known.account, auth_time: now, amr: ['test'] } }
    return issueFor({ ...input, scope, resource, ...subject })
  },
})

/**
 * Starts an issuer for the tests of an application, on a free port of this machine: a user is signed in without a question when there is only
 * one or `login_hint` names them by their `sub`, and chosen on a page otherwise. Everything is in memory and ends with `close()`.
 */
export async function startTestIssuer({ clients = [], users = [{ sub: 'alice' }], ...more }: TestIssuerOptions = {}): Promise<TestIssuer> {
  const events: Event[] = []
  const scopes = [...(more.scopes ?? []).map(({ name }) => name), ...(more.resources ?? []).flatMap((resource) => resource.scopes ?? [])]
  const known = clients.length > 0 ? clients : [{ client_id: 'test', token_endpoint_auth_method: 'none' as const, redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'], scope: ['openid', 'profile', 'email', 'offline_access', ...scopes].join(' ') }]
  const options = {
    ...more,
    store: more.store ?? memoryStore(),
    encryptionKey: more.encryptionKey ?? SECRET,
    users: { find: (sub: string) => accountAmong(users, sub) },
    events: (event: Event) => void (events.push(event), more.events?.(event)),
  }
  let tokenFor: TestIssuer['tokenFor'] | undefined
  const listener = await listenOnLoopback((issuer) => {
    const server = createAuthorizationServer({ ...options, issuer, clients: known.map((client) => ({ ...client, policy: { consent: 'never', ...client.policy } })) })
    // Beside the server that listens, so that nobody but the test can ask for tokens in this way.
    const minting = createAuthorizationServer({ ...options, issuer, clients: known.map(asksByTest), grants: [forTests] })
    tokenFor = async (request = {}) => {
      await server.ready()
      return mintBy(minting.fetch, `${issuer}/token`, { client_id: known[0]?.client_id ?? '', ...request })
    }
    return signInPages(server, users)
  })
  return { url: listener.url, events, tokenFor: (request) => tokenFor?.(request) ?? Promise.reject(new Error('the issuer does not run')), close: listener.close }
}

function accountAmong(users: readonly TestUser[], sub: string): Account | undefined {
  const user = users.find((one) => one.sub === sub)
  return user && { sub, active: true, claims: user.claims ?? {} }
}

/** The same client, which may ask for tokens in no way but the one for tests. */
function asksByTest({ client_id, scope = '' }: ClientMetadata): ClientMetadata {
  return { client_id, scope, client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post', grant_types: [GRANT], response_types: [], redirect_uris: [] }
}

async function mintBy(fetch: (http: Request) => Promise<Response>, endpoint: string, { resource = [], ...named }: TestTokenRequest): Promise<string> {
  const body = new URLSearchParams({ grant_type: GRANT, client_secret: SECRET })
  for (const [name, value] of Object.entries(named)) if (value !== undefined) body.set(name, value)
  for (const one of [resource].flat()) body.append('resource', one)
  const answer = await (await fetch(new Request(endpoint, { method: 'POST', body }))).json()
  if (typeof answer.access_token === 'string') return answer.access_token
  throw new Error(`no token for ${JSON.stringify(named)}: ${answer.error}: ${answer.error_description}`)
}
