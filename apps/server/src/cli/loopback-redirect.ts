import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A place on this machine to which a browser returns once. */
export interface LoopbackRedirect {
  readonly redirectUri: string
  /** The address that the browser returned with; others than that of this state are answered and forgotten. Rejects when the signal aborts. */
  arrival(state: string, signal: AbortSignal): Promise<URL>
  close(): void
}

const CALLBACK = '/callback'
const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', connection: 'close' }

/** Listens on a free port of the loopback address. @spec RFC 8252 §7.3 */
export async function openLoopbackRedirect(): Promise<LoopbackRedirect> {
  let arrived: (url: URL) => boolean = () => false
  const origin = { text: 'http://127.0.0.1' }
  const server = createServer((request, response) => answer(request, response, origin.text, (url) => arrived(url)))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  origin.text = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    redirectUri: origin.text + CALLBACK,
    arrival: (state, signal) => new Promise((resolve, reject) => {
      arrived = (url) => {
        const isOurs = url.searchParams.get('state') === state
        if (isOurs) resolve(url)
        return isOurs
      }
      const end = () => reject(signal.reason)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    }),
    close: () => {
      server.close()
      server.closeIdleConnections()
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, origin: string, arrived: (url: URL) => boolean): void {
  const target = request.url ?? ''
  const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined
  if (request.method !== 'GET' || url?.pathname !== CALLBACK || url.origin !== origin) response.writeHead(404, HEADERS).end('There is nothing here.\n')
  else if (arrived(url)) response.writeHead(200, HEADERS).end('Done. You can close this page and go back to the terminal.\n')
  else response.writeHead(400, HEADERS).end('This is not the answer to the request of the terminal.\n')
}
