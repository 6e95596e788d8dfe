import { createAuthorizationServer, type Events, type Outbound, type RunningServer, type Store, StoreUnavailable, VaultError } from '@latchkey/server'
import type { Finding } from '@latchkey/core'
import type { Logger } from 'pino'
import type { Configuration } from './config/configuration.ts'
import { application } from './http/application.ts'
import { loggedOutPage } from './http/logged-out-page.ts'
import { PASSWORD_ACR } from './http/login.ts'
import { arrivals } from './listener/arrivals.ts'
import { type Answers, type Listening, listen } from './listener/listen.ts'
import { refusing } from './listener/refusing.ts'
import { refusalPage } from './http/refusal-page.ts'
import { requestLog } from './listener/request-log.ts'
import { siteOf } from './http/site.ts'
import { telling } from './logout-deliveries.ts'
import { encryptionKeyText, openStore } from './open-store.ts'
import { pinnedOutbound } from './outbound/pinned-outbound.ts'
import { rotating } from './rotate.ts'
import { sweeping } from './sweep.ts'
import { configuredUsers, type PasswordUsers } from './users/configured-users.ts'
import { passwordHashing } from './users/password-hashing.ts'

/** The server could not start, for a reason that its message tells the operator. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
}

/** A server that is up. */
export interface Started {
  /** Where it listens, as `host:port`. */
  readonly address: string
  /** Reads the certificates again, if it speaks https. Answers what keeps the new ones from being used. */
  renew(): readonly Finding[]
  /** Finishes the requests under way, for at most eight seconds, and closes the store. */
  stop(): Promise<void>
}

/** Starts the server of a configuration. Rejects with {@link StartFailure} when store, keys or port are not to be had. */
export async function startServer(configuration: Configuration, log: Logger): Promise<Started> {
  const store = await opened(configuration)
  try {
    const users = await configuredUsers(configuration.users, passwordHashing())
    const requests = requestLog(log)
    const refuse = refusing(siteOf(configuration), requests.events)
    const outbound = pinnedOutbound(configuration.outbound)
    const server = composed(configuration, { store, users, outbound, events: requests.events })
    await ready(server)
    let isStopping = false
    const answered = application({ configuration, server, store, users, outbound, log, refuse, isStopping: () => isStopping })
    const listening = await bound({ answer: arrivals({ application: answered, listen: configuration.listen, requests, refuse }), refuse }, configuration)
    const endSweeping = sweeping(store, log)
    const endRotating = rotating(server.keys, log)
    const endTelling = telling(server.logouts, log)
    return {
      address: listening.address,
      renew: () => listening.renew(),
      async stop() {
        isStopping = true
        await listening.stop()
        await Promise.all([endSweeping(), endRotating(), endTelling()])
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function opened({ store }: Configuration): Promise<Store> {
  try {
    return await openStore(store)
  } catch (error) {
    throw new StartFailure(messageOf(error), { cause: error })
  }
}

interface Composed {
  readonly store: Store
  readonly users: PasswordUsers
  readonly outbound: Outbound
  readonly events: Events
}

function composed(configuration: Configuration, { store, users, outbound, events }: Composed): RunningServer {
  const { issuer, allowInsecureIssuer, clients, scopes, resources, trustedIssuers, algorithms, rotation, endpoints, sessionLifetime, registration } = configuration
  return createAuthorizationServer({
    issuer,
    allowInsecureIssuer,
    clients,
    scopes,
    resources,
    store,
    users,
    algorithms,
    endpoints,
    rotation,
    acrValues: [PASSWORD_ACR],
    outbound,
    assertions: { issuers: trustedIssuers },
    encryptionKey: keyText(configuration),
    interaction: { path: (question) => `/${question}`, refusal: refusalPage(siteOf(configuration)), loggedOut: loggedOutPage(siteOf(configuration)) },
    events,
    registration,
    ...(sessionLifetime === undefined ? {} : { sessionLifetime }),
  })
}

function keyText({ encryptionKey }: Configuration): string {
  try {
    return encryptionKeyText(encryptionKey)
  } catch (error) {
    throw new StartFailure(`the demo's encryption key can not be kept: ${messageOf(error)}`, { cause: error })
  }
}

async function ready(server: RunningServer): Promise<void> {
  try {
    await server.ready()
  } catch (error) {
    if (error instanceof VaultError || error instanceof StoreUnavailable) throw new StartFailure(messageOf(error), { cause: error })
    throw error
  }
}

async function bound(answers: Answers, { listen: at }: Configuration): Promise<Listening> {
  try {
    return await listen(answers, at)
  } catch (error) {
    throw new StartFailure(unbound(error, at.port), { cause: error })
  }
}

function unbound(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `port ${port} is in use. Stop what uses it, or choose another with --port.`
  if (code === 'EACCES') return `port ${port} needs more rights than this user has. Choose one from 1024 on with --port.`
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'listen.host is no address of this machine.' : messageOf(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
