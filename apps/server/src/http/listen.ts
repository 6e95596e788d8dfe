import { createAdaptorServer } from '@hono/node-server'
import { createServer, type Server } from 'node:http'
import type { ListenAddress } from '../config/configuration.ts'

const LONGEST_HEADERS = 16_384
const PATIENCE = 15_000
const GRACE = 8_000

/** A listener that is up. */
export interface Listening {
  /** As `host:port`. */
  readonly address: string
  /** Takes no more connections, and ends once the requests under way are answered, or after eight seconds. */
  stop(): Promise<void>
}

/** Listens with Node's server. Headers above 16 KiB are refused with 431, requests that dawdle for 15 seconds with 408. */
export async function listen(fetch: (http: Request) => Promise<Response> | Response, { host, port }: ListenAddress): Promise<Listening> {
  const server = createAdaptorServer({
    fetch,
    createServer,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: LONGEST_HEADERS, requestTimeout: PATIENCE, headersTimeout: PATIENCE, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 },
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { address: addressOf(server), stop: () => stopped(server) }
}

function addressOf(server: Server): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return String(bound)
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`
}

function stopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.closeAllConnections(), GRACE)
    // Connections that fall idle after their last answer would keep the server open.
    const idle = setInterval(() => server.closeIdleConnections(), 100)
    server.close(() => {
      clearTimeout(impatient)
      clearInterval(idle)
      resolve()
    })
    server.closeIdleConnections()
  })
}
