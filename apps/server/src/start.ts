import { createAuthorizationServer, type RunningServer, type Store, VaultError } from '@latchkey/server'
import type { Logger } from 'pino'
import type { Configuration } from './config/configuration.ts'
import { application } from './http/application.ts'
import { type Listening, listen } from './http/listen.ts'
import { loggedOutPage } from './http/logged-out-page.ts'
import { refusalPage } from './http/refusal-page.ts'
import { siteOf } from './http/site.ts'
import { eventsTo } from './log.ts'
import { telling } from './logout-deliveries.ts'
import { encryptionKeyText, openStore } from './open-store.ts'
import { sweeping } from './sweep.ts'
import { configuredUsers } from './users/configured-users.ts'
import { passwordHashing } from './users/password-hashing.ts'

/** The server could not start, for a reason that its message tells the operator. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
}

/** A server that is up. */
export interface Started {
  /** Where it listens, as `host:port`. */
  readonly address: string
  /** Finishes the requests under way, for at most eight seconds, and closes the store. */
  stop(): Promise<void>
}

/** Starts the server of a configuration. Rejects with {@link StartFailure} when store, keys or port are not to be had. */
export async function startServer(configuration: Configuration, log: Logger): Promise<Started> {
  const store = opened(configuration)
  try {
    const users = await configuredUsers(configuration.users, passwordHashing())
    const server = composed(configuration, { store, users, log })
    await ready(server)
    let isStopping = false
    const fetch = application({ configuration, server, store, users, log, isStopping: () => isStopping })
    const listening = await bound(fetch, configuration)
    const endSweeping = sweeping(store, log)
    const endTelling = telling(server.logouts, log)
    return {
      address: listening.address,
      async stop() {
        isStopping = true
        await listening.stop()
        await Promise.all([endSweeping(), endTelling()])
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function opened({ store }: Configuration): Store {
  try {
    return openStore(store)
  } catch (error) {
    throw new StartFailure(messageOf(error), { cause: error })
  }
}

function composed(configuration: Configuration, { store, users, log }: { store: Store; users: Awaited<ReturnType<typeof configuredUsers>>; log: Logger }): RunningServer {
  const { issuer, allowInsecureIssuer, clients, scopes, resources, trustedIssuers, algorithms, sessionLifetime } = configuration
  return createAuthorizationServer({
    issuer,
    allowInsecureIssuer,
    clients,
    scopes,
    resources,
    store,
    users,
    algorithms,
    assertions: { issuers: trustedIssuers },
    encryptionKey: keyText(configuration),
    interaction: { path: (question) => `/${question}`, refusal: refusalPage(siteOf(configuration)), loggedOut: loggedOutPage(siteOf(configuration)) },
    events: eventsTo(log),
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
    if (error instanceof VaultError) throw new StartFailure(messageOf(error), { cause: error })
    throw error
  }
}

async function bound(fetch: (http: Request) => Promise<Response> | Response, { listen: at }: Configuration): Promise<Listening> {
  try {
    return await listen(fetch, at)
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
