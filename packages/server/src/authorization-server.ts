import type { Catalogue, EndpointUrls, Grant, Seconds } from '@latchkey/core'
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

/** Everything an endpoint works with. One value for the life of a server; nothing in it belongs to a request. */
export interface AuthorizationServer {
  readonly catalogue: Catalogue
  readonly clients: Clients
  readonly grants: ReadonlyMap<string, Grant>
  readonly endpoints: EndpointUrls
  /** Origins whose scripts may call the endpoints: those that some client registered. */
  readonly origins: ReadonlySet<string>
  readonly store: Store
  readonly users: Users
  readonly keys: Keys
  readonly pages: InteractionPages
  readonly cookies: Cookies
  readonly sessionLifetime: Seconds
  readonly clock: Clock
  readonly random: Random
  readonly outbound: Outbound
  readonly publishedKeys: PublishedKeys
  readonly events: Events
}

/** One request on its way through an endpoint. */
export interface Exchange {
  readonly http: Request
  readonly server: AuthorizationServer
  /** The name under which the operator finds this request again. */
  readonly trace: string
  readonly endpoint: string
}
