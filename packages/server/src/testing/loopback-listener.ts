/** What is used of a request of Node's http server. */
interface Incoming extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  readonly method?: string
  readonly url?: string
  readonly rawHeaders: readonly string[]
}

/** What is used of a response of Node's http server. */
interface Outgoing {
  writeHead(status: number, headers: readonly string[]): this
  end(body?: Uint8Array): void
}

/** What is used of Node's http server. */
interface NodeServer {
  listen(port: number, host: string, listening: () => void): void
  address(): { readonly port: number }
  close(closed: () => void): void
  closeAllConnections(): void
}

interface NodeHttp {
  createServer(answer: (incoming: Incoming, outgoing: Outgoing) => void): NodeServer
}

// Named at run time, so that what else this package has for tests stays usable where there is no such module.
const NODE_HTTP: string = 'node:http'

/** A listener on a free port of this machine. */
export interface LoopbackListener {
  readonly url: string
  close(): Promise<void>
}

/** Listens on 127.0.0.1 by Node's http server, which Bun and Deno have too. The handler is made once the address is known. */
export async function listenOnLoopback(handlerAt: (url: string) => (http: Request) => Promise<Response>): Promise<LoopbackListener> {
  const { createServer }: NodeHttp = await import(NODE_HTTP)
  let handle: (http: Request) => Promise<Response> = async () => new Response(null, { status: 503 })
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, url, (http) => handle(http)).catch(() => outgoing.writeHead(500, []).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
  try {
    handle = handlerAt(url)
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

async function answer(incoming: Incoming, outgoing: Outgoing, url: string, handle: (http: Request) => Promise<Response>): Promise<void> {
  const { method = 'GET', url: path = '/', rawHeaders } = incoming
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const response = await handle(new Request(new URL(path, url), { method, headers, ...(hasBody && { body: new Blob(chunks) }) }))
  outgoing.writeHead(response.status, [...response.headers].flat()).end(new Uint8Array(await response.arrayBuffer()))
}
