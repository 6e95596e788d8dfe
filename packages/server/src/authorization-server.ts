import type { Abilities, Catalogue, EndpointUrls, Grant, RegistrationPolicy, Seconds } from '@latchkey/core'
import type { PublishedKeys } from './client-keys.ts'
import type { Clients } from './clients.ts'
import type { Cookies } from './http/cookies.ts'
import type { Clock } from './ports/clock.ts'
import type { Events } from './ports/events.ts'
import type { InteractionPages } from './ports/interaction.ts'
import type { Keys } from './ports/keys.ts'
import type { Outbound } from './ports/outbound.ts'
import type { Random } from './ports/random.ts'
import type { Store } from './ports/store.ts'
import type { Users } from './ports/users.ts'
import type { RequestObjects } from './request/request-objects.ts'
import type { AttemptTurns } from './throttle/attempt-turns.ts'
import type { ClientGuesses } from './throttle/client-guesses.ts'

/** Everything an endpoint works with. One value for the life of a server; nothing in it belongs to a request. */
export interface AuthorizationServer {
  readonly catalogue: Catalogue
  readonly clients: Clients
  readonly grants: ReadonlyMap<string, Grant>
  readonly endpoints: EndpointUrls
  /** What the server can do, against which clients are read. */
  readonly abilities: Abilities
  /** Who may register clients; nobody where there is none. */
  readonly registration: RegistrationPolicy | undefined
  readonly store: Store
  readonly users: Users
  readonly keys: Keys
  readonly pages: InteractionPages
  readonly cookies: Cookies
  readonly sessionLifetime: Seconds
  readonly clock: Clock
  readonly random: Random
  readonly outbound: Outbound
  readonly requestObjects: RequestObjects
  readonly publishedKeys: PublishedKeys
  readonly events: Events
  readonly attemptTurns: AttemptTurns
  readonly clientGuesses: ClientGuesses
}

/** What the listener knows of a request that the request does not say itself. */
export interface Arrival {
  /** The name under which the operator finds the request again; drawn when absent. */
  readonly trace?: string
  /** The address of the client, as far as the listener believes it. */
  readonly address?: string | undefined
}

/** One request on its way through an endpoint. */
export interface Exchange {
  readonly http: Request
  readonly server: AuthorizationServer
  /** The name under which the operator finds this request again. */
  readonly trace: string
  readonly endpoint: string
  /** The address of the client, where the listener tells one. */
  readonly address: string | undefined
}
