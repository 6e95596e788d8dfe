import { createServer, type IncomingMessage, type RequestListener } from 'node:http'

/** Serves an application on a port of this machine. Answers how to end it. */
export async function serveApplication(port: number, application: RequestListener): Promise<() => Promise<void>> {
  const server = createServer(application)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, 'localhost', resolve)
  })
  return () => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** What arrived at an application, as a request of the platform. */
export async function requestAt(origin: string, http: IncomingMessage): Promise<Request> {
  const chunks: Uint8Array[] = []
  for await (const chunk of http as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const headers = new Headers(Object.entries(http.headersDistinct).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])))
  return new Request(new URL(http.url ?? '/', origin), { method: http.method ?? 'GET', headers, ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }) })
}
