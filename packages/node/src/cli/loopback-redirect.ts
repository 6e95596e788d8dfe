import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** A place on this machine to which a browser returns once. */
export interface LoopbackRedirect {
  readonly redirectUri: string
  /** The address that the browser returned with; others than that of this state are answered and forgotten. Rejects when the signal aborts. */
  arrival(state: string, signal?: AbortSignal): Promise<URL>
  close(): void
}

const CALLBACK = '/callback'
const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', connection: 'close' }

/** Listens on a free port of the loopback address, by IPv6 where there is no IPv4. Throws when neither can be had. @spec RFC 8252 §7.3 */
export async function openLoopbackRedirect(): Promise<LoopbackRedirect> {
  let arrived: (url: URL) => boolean = () => false
  const place = { origin: '' }
  const server = createServer((request, response) => answer(request, response, place.origin, (url) => arrived(url)))
  place.origin = await listen(server, '127.0.0.1').catch(() => listen(server, '::1'))
  const close = () => {
    server.close()
    server.closeIdleConnections()
  }
  return {
    redirectUri: place.origin + CALLBACK,
    arrival: (state, signal) =>
      new Promise((resolve, reject) => {
        arrived = (url) => {
          const isOurs = url.searchParams.get('state') === state
          if (isOurs) {
            // One answer is all that is awaited, so nothing else on this machine can speak to it any more.
            close()
            resolve(url)
          }
          return isOurs
        }
        const end = () => reject(signal?.reason)
        if (signal?.aborted === true) end()
        else signal?.addEventListener('abort', end, { once: true })
      }),
    close,
  }
}

async function listen(server: Server, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return `http://${host === '::1' ? '[::1]' : host}:${port}`
}

function answer(request: IncomingMessage, response: ServerResponse, origin: string, arrived: (url: URL) => boolean): void {
  const target = request.url ?? ''
  const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined
  const isHere = url?.origin === origin && `http://${request.headers.host}` === origin
  if (request.method !== 'GET' || url?.pathname !== CALLBACK || !isHere) response.writeHead(404, HEADERS).end('There is nothing here.\n')
  else if (arrived(url)) response.writeHead(200, HEADERS).end('Done. You can close this page and go back to the terminal.\n')
  else response.writeHead(400, HEADERS).end('This is not the answer to the request of the terminal.\n')
}
