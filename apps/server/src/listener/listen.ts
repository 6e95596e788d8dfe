import { getRequestListener, RequestError } from '@hono/node-server'
import type { Finding } from '@latchkey/core'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { ListenAddress, TlsListening } from '../config/configuration.ts'
import { drawTrace } from './arrivals.ts'
import { connectionFaults } from './connection-fault.ts'
import type { Refused } from './refusing.ts'
import { secureOptions } from './secure-options.ts'

/** What a listener hands requests to, and what it asks how to refuse them. */
export interface Answers {
  readonly answer: (http: Request, incoming: IncomingMessage) => Promise<Response>
  readonly refuse: (refused: Refused) => Promise<Response>
}

/** How long a connection may take, in milliseconds. */
export interface Patience {
  /** From its first byte to the end of a request. */
  readonly request: number
  /** Between two looks at the connections that dawdle. */
  readonly look: number
}

/** A request is there within 13 seconds, and one that is not is noticed within another. */
export const PATIENCE: Patience = { request: 13_000, look: 1_000 }

/** Beyond this, in bytes, headers are not even read to their end. Twice as long as anything that could be answered, so that the answer can be a good one. */
const LONGEST_HEADERS = 65_536
const KEPT_ALIVE = 65_000
const HANDSHAKE = 10_000
const GRACE = 8_000

/** A listener that is up. */
export interface Listening {
  /** As `host:port`. */
  readonly address: string
  /** Reads the certificates again. Answers what keeps the new ones from being used; then the old ones stay. */
  renew(): readonly Finding[]
  /** Takes no more connections, and ends once the requests under way are answered, or after eight seconds. */
  stop(): Promise<void>
}

/** Listens with Node's server, by https when certificates are configured. Rejects when the address is not to be had. */
export async function listen(answers: Answers, at: ListenAddress, patience: Patience = PATIENCE): Promise<Listening> {
  const server = serverOf(answers, at, patience)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: at.port, ...(at.host === undefined ? {} : { host: at.host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { address: addressOf(server), renew: () => renewed(server, at), stop: () => stopped(server) }
}

function serverOf({ answer, refuse }: Answers, { tls }: ListenAddress, { request, look }: Patience): Server | HttpsServer {
  const faults = connectionFaults(refuse)
  const answered = getRequestListener((http, env) => answer(http, env.incoming as IncomingMessage), {
    overrideGlobalObjects: false,
    // What can not become a request has a target or a Host that can not be read.
    errorHandler: (error) => refuse({ key: error instanceof RequestError ? 'request_malformed' : 'server_error', trace: drawTrace(), isRead: false }),
  })
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    faults.begin(incoming.socket, outgoing)
    void answered(incoming, outgoing)
  }
  const options = { maxHeaderSize: LONGEST_HEADERS, requestTimeout: request, headersTimeout: request, keepAliveTimeout: KEPT_ALIVE, connectionsCheckingInterval: look }
  const server = tls === undefined ? createHttpServer(options, listener) : createHttpsServer({ ...options, ...usable(tls), handshakeTimeout: HANDSHAKE }, listener)
  return server.on('clientError', faults.fail)
}

/** The certificates were sound when the configuration was read; if they no longer are, nothing can start. */
function usable(tls: TlsListening): Exclude<ReturnType<typeof secureOptions>, { findings: unknown }> {
  const options = secureOptions(tls)
  if ('findings' in options) throw new Error(options.findings.map(({ path, reason }) => `${path} ${reason}`).join('; '))
  return options
}

function renewed(server: Server | HttpsServer, { tls }: ListenAddress): readonly Finding[] {
  if (tls === undefined || !('setSecureContext' in server)) return []
  const options = secureOptions(tls)
  if ('findings' in options) return options.findings
  server.setSecureContext(options)
  return []
}

function addressOf(server: Server | HttpsServer): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return String(bound)
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`
}

function stopped(server: Server | HttpsServer): Promise<void> {
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
