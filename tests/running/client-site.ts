import { createServer } from 'node:http'

/** A client's web site that only listens: what came to it, and what it shows. */
export interface ClientSite {
  readonly requests: string[]
  /** The HTML that it answers with from now on. */
  show(html: string): void
  /** Forgets the requests and what it was told to show. */
  forget(): void
  close(): Promise<void>
}

const HOME = '<title>Client</title><h1>Back at the client</h1>'

/** Serves a client's site on a port of this machine, and writes down all that arrives, headers and bodies too. */
export async function listenAsClient(port: number): Promise<ClientSite> {
  const requests: string[] = []
  let shown = HOME
  const server = createServer((http, answer) => {
    let body = ''
    http.on('data', (chunk) => (body += String(chunk)))
    http.on('end', () => {
      if (http.url !== '/favicon.ico') requests.push(`${http.method} ${http.url}\n${http.rawHeaders.join('\n')}\n${body}`)
      answer.writeHead(200, { 'content-type': 'text/html' }).end(shown)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
  return {
    requests,
    show: (html) => void (shown = html),
    forget() {
      requests.length = 0
      shown = HOME
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}
