import { type Abilities, type Catalogue, catalogueOf, type Client, type ClientMetadata, type Finding, type Grant, grantsByType, type Issuer, type KeySchedule, operatorsOf, parseClient, PROMPTS, RESPONSE_TYPES, refusalRule, type Resource, type ScopeEntry, type Seconds, type SigningAlgorithm } from '@latchkey/core'
import type { Arrival, AuthorizationServer, Exchange } from './authorization-server.ts'
import { publishedKeys } from './client-keys.ts'
import { configuredClients, registeredClients } from './clients.ts'
import { type Consents, consentsOf } from './consents.ts'
import { findingsIn, rotationFindings } from './findings.ts'
import { json } from './http/answer.ts'
import { cookiesOf } from './http/cookies.ts'
import { devices, type Devices } from './devices.ts'
import { ENDPOINT_PATHS, type EndpointSwitches, endpointUrls, isReachable } from './endpoint-switches.ts'
import { logoutsOf, type Logouts } from './logouts.ts'
import { installedGrants } from './installed-grants.ts'
import type { TrustedIssuer } from './assertions/trusted-issuer.ts'
import { interactions, type Interactions } from './interactions.ts'
import { keyRotation } from './keys/key-rotation.ts'
import { DEFAULT_ALGORITHMS, storedKeys } from './keys/stored-keys.ts'
import { type Clock, systemClock } from './ports/clock.ts'
import type { Events } from './ports/events.ts'
import type { InteractionPages } from './ports/interaction.ts'
import { fetchOutbound } from './outbound/fetch-outbound.ts'
import type { KeyRotation, Keys } from './ports/keys.ts'
import type { Outbound } from './ports/outbound.ts'
import { drawName, type Random, systemRandom } from './ports/random.ts'
import type { Store } from './ports/store.ts'
import type { Users } from './ports/users.ts'
import { answering } from './refused.ts'
import { type InvitationOptions, inviteClients, type Invited } from './registration/invite.ts'
import { registrationFindings, type RegistrationOptions, registrationPolicyOf } from './registration/options.ts'
import { fetchedRequestObjects } from './request/request-objects.ts'
import { dispatch, exchangeOf, routesOf } from './routes.ts'
import { type Sessions, sessionsOf } from './sessions.ts'
import { attemptTurns } from './throttle/attempt-turns.ts'
import { type Attempts, attempts } from './throttle/attempts.ts'
import { clientGuesses } from './throttle/client-guesses.ts'

/** What a server is made of. */
export interface AuthorizationServerOptions {
  /** The URL that names the server; https, or http on a loopback address. Never inferred from a request. */
  readonly issuer: string
  readonly clients: readonly ClientMetadata[]
  readonly scopes?: readonly ScopeEntry[]
  readonly resources?: readonly (Omit<Resource, 'access_token_format'> & Partial<Resource>)[]
  readonly store: Store
  readonly users: Users
  /** Paths of the pages that ask the user; `/login`, `/consent` and `/logout` unless told. */
  readonly interaction?: InteractionPages
  /** Encrypts the keys that are kept in the store: a secret text of at least 32 characters. Needed unless `keys` are given. */
  readonly encryptionKey?: string
  readonly algorithms?: readonly SigningAlgorithm[]
  /** How long a key signs, and how long it is published before and after; 90, 14 and 14 days unless told. */
  readonly rotation?: Partial<KeySchedule>
  /** Keys that are kept elsewhere. */
  readonly keys?: Keys
  /** Further grants, made by `defineGrant`. */
  readonly grants?: readonly Grant[]
  /** Whose assertions are believed, by the JWT bearer grant. @spec RFC 7523 §2.1 */
  readonly assertions?: { readonly issuers: readonly TrustedIssuer[] }
  /** Who may register clients; nobody unless told. @spec RFC 7591, RFC 7592 */
  readonly registration?: RegistrationOptions | undefined
  /** Endpoints that are not to be, by their names in metadata without `_endpoint`: `{ introspection: false }`. All are there unless told. */
  readonly endpoints?: EndpointSwitches
  /** The classes of sign-in that the pages can reach, from weak to strong: what `acr` of a sign-in can be. @spec OpenID Connect Core §2 */
  readonly acrValues?: readonly string[]
  /** From signing in to having to do it again; 12 hours unless told. */
  readonly sessionLifetime?: Seconds
  readonly allowInsecureIssuer?: boolean
  readonly clock?: Clock
  readonly random?: Random
  /** How other servers are called; the platform's `fetch`, to public https addresses, unless told. */
  readonly outbound?: Outbound
  readonly events?: Events
}

/** A running server, for whatever speaks `Request` and `Response`. */
export interface RunningServer {
  /** Answers a request to one of the endpoints. */
  fetch(http: Request, arrival?: Arrival): Promise<Response>
  /** Resolves when the keys are there; rejects when they can not be read. `fetch` waits for it too. */
  ready(): Promise<void>
  /** What the application's own pages can do. */
  readonly interactions: Interactions
  /** What the application's own device page can do. */
  readonly devices: Devices
  /** What the application's own sign-in page can do against guessing. */
  readonly attempts: Attempts
  /** What the application can do with what its users allowed. */
  readonly consents: Consents
  /** What the application's own logout page can do, and what became of telling clients. */
  readonly logouts: Logouts
  /** What the application can do with the sessions of its users. */
  readonly sessions: Sessions
  /** Answers a request to one of the application's pages: refusals and faults within become pages of ours. */
  page(name: string, answer: (exchange: Exchange) => Promise<Response>): (http: Request, arrival?: Arrival) => Promise<Response>
  /** What the operator can do with the signing keys. Rejects with a `TypeError` for keys that are kept elsewhere. */
  readonly keys: KeyRotation
  /** What the operator can do about the registration of clients. */
  readonly registration: { invite(invitation?: InvitationOptions): Promise<Invited> }
  readonly clients: ReadonlyMap<string, Client>
  readonly catalogue: Catalogue
}

/** The options can not stand. All findings are told at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly findings: readonly Finding[]
  constructor(findings: readonly Finding[]) {
    super(findings.map(({ path, reason, remedy }) => `${path}: ${reason}; ${remedy}`).join('\n'))
    this.findings = findings
  }
}

/** An authorization server as a fetch handler. Throws {@link ConfigurationError} with everything that is wrong with the options. */
export function createAuthorizationServer(options: AuthorizationServerOptions): RunningServer {
  const findings: Finding[] = [...findingsIn(options)]
  const algorithms = options.keys?.algorithms ?? options.algorithms ?? DEFAULT_ALGORITHMS
  const catalogue = catalogueOf({
    issuer: options.issuer as Issuer,
    scopes: options.scopes ?? [],
    resources: (options.resources ?? []).map((resource) => ({ access_token_format: 'jwt', ...resource })),
    accessTokenAlgorithm: algorithms[0] ?? 'ES256',
    acrValues: options.acrValues ?? [],
    prompts: PROMPTS.filter((prompt) => prompt !== 'create' || options.interaction?.offersRegistration === true),
  })
  const installed = installedGrants(options, { token_endpoint: catalogue.issuer + ENDPOINT_PATHS.token })
  const grants = grantsByType(installed.filter(({ grant_type }) => isReachable(grant_type, options.endpoints ?? {})))
  const grant_types = installed.map(({ grant_type }) => grant_type)
  const abilities: Abilities = { grant_types: [...grant_types, 'implicit'], response_types: RESPONSE_TYPES, scopes: new Set(catalogue.scopes.keys()), operators: operatorsOf(catalogue.resources), algorithms }
  const clients = parseClients(options.clients, abilities, findings)
  findings.push(...rotationFindings(options, [...clients.values()]))
  findings.push(...registrationFindings(options.registration, abilities.scopes, grant_types))
  if ('clash' in grants) findings.push({ path: 'grants', reason: `${grants.clash} is defined twice`, remedy: 'give the grant another grant_type' })
  if (findings.length > 0 || 'clash' in grants) throw new ConfigurationError(findings)
  return running(options, { catalogue, clients, grants, algorithms, abilities })
}

interface Parsed {
  readonly catalogue: Catalogue
  readonly clients: ReadonlyMap<string, Client>
  readonly grants: ReadonlyMap<string, Grant>
  readonly algorithms: readonly SigningAlgorithm[]
  readonly abilities: Abilities
}

function running(options: AuthorizationServerOptions, { catalogue, clients, grants, algorithms, abilities }: Parsed): RunningServer {
  const { store, users, endpoints = {}, clock = systemClock, random = systemRandom, outbound = fetchOutbound } = options
  const events = unthrowing(options.events)
  const registration = options.registration && registrationPolicyOf(options.registration)
  const routes = routesOf(catalogue.issuer, endpoints, registration !== undefined)
  const begin = async (): Promise<AuthorizationServer> => {
    const keys = options.keys ?? (await storedKeys(store, { encryptionKey: options.encryptionKey ?? '', algorithms, rotation: options.rotation ?? {}, clock, random }))
    return {
      catalogue,
      clients: registration === undefined ? configuredClients(clients) : registeredClients(clients, { store, keys, clock, abilities }),
      grants,
      endpoints: { ...endpointUrls(catalogue.issuer, endpoints), ...(registration === undefined ? {} : { registration_endpoint: `${catalogue.issuer}/register` }) },
      abilities,
      registration,
      store,
      users,
      keys,
      pages: options.interaction ?? { path: (question) => `/${question}` },
      cookies: cookiesOf(catalogue.issuer),
      sessionLifetime: options.sessionLifetime ?? 43_200,
      clock,
      random,
      outbound,
      requestObjects: fetchedRequestObjects(outbound, clock),
      publishedKeys: publishedKeys(outbound, clock),
      events,
      attemptTurns: attemptTurns(),
      clientGuesses: clientGuesses(clock),
    }
  }
  let begun: Promise<AuthorizationServer> | undefined
  const server = () => (begun ??= begin().catch((fault: unknown) => {
    begun = undefined
    throw fault
  }))
  return {
    clients,
    catalogue,
    interactions,
    devices,
    attempts,
    consents: consentsOf(server),
    keys: keyRotation(async () => (await server()).keys),
    registration: { invite: (invitation = {}) => inviteClients(invitation, { store, clock, random }) },
    logouts: logoutsOf(server),
    sessions: sessionsOf(server),
    ready: async () => void (await server()),
    fetch: (http, arrival) => started('start', arrival, (known) => dispatch(http, routes, known, arrival)),
    page: (name, answer) => (http, arrival) =>
      started(name, arrival, (known) => {
        const exchange = exchangeOf(http, known, name, arrival)
        return answering(exchange, 'person', () => answer(exchange))
      }),
  }

  /** Until the keys are there nothing else can be answered than that we are away. */
  async function started(endpoint: string, arrival: Arrival | undefined, answer: (known: AuthorizationServer) => Promise<Response>): Promise<Response> {
    const known = await server().catch((fault: unknown) => {
      const told = { trace: arrival?.trace ?? drawName(random), at: clock(), endpoint }
      events({ event: 'fault', ...told, fault })
      events({ event: 'refused', ...told, key: 'temporarily_unavailable', facts: {} })
      return unavailable(told.trace)
    })
    return known instanceof Response ? known : answer(known)
  }
}

function unavailable(trace: string): Response {
  const { error, status, caller } = refusalRule('temporarily_unavailable')
  return json(status, { error, error_description: caller }, { 'retry-after': '2', 'trace-id': trace })
}

/** What is committed has to be answered, also when whoever listens to events fails. */
function unthrowing(events: Events | undefined): Events {
  return (event) => {
    try {
      events?.(event)
    } catch {
      return
    }
  }
}

function parseClients(all: readonly ClientMetadata[], abilities: Abilities, findings: Finding[]): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>()
  for (const [at, metadata] of all.entries()) {
    const client = parseClient(metadata, abilities)
    if (!('client_id' in client)) findings.push(...client.map((finding) => ({ ...finding, path: `clients[${at}].${finding.path}` })))
    else if (clients.has(client.client_id)) findings.push({ path: `clients[${at}].client_id`, reason: `${client.client_id} is registered twice`, remedy: 'give each client its own client_id' })
    else clients.set(client.client_id, client)
  }
  return clients
}
