import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request as Node.js frameworks hand it on: perhaps under a mounted path, perhaps with its body already read. */
export type NodeRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/** Turns a request of Node.js into a `Request` at an origin. Its body is not touched before somebody reads it. */
export function requestOf(incoming: NodeRequest, outgoing: ServerResponse, origin: string): Request {
  const method = incoming.method ?? 'GET'
  const headers = new Headers()
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '')
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const target = incoming.originalUrl ?? incoming.url ?? '/'
  // A target with a host of its own, or with two slashes at its start, must not choose the origin.
  const url = new URL(origin)
  const at = target.startsWith('/') ? target : '/'
  const [pathname = '/', ...search] = at.split('?')
  url.pathname = pathname
  url.search = search.join('?')
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(incoming, headers)
  return new Request(url, { method, headers, signal: gone.signal, ...(body !== undefined && { body, duplex: 'half' as const }) })
}

function bodyOf(incoming: NodeRequest, headers: Headers): ReadableStream | string {
  if (!incoming.readableEnded) return streamOf(incoming)
  // A parser was here before; a form is all that the endpoints read.
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
  if (typeof incoming.body === 'string') return incoming.body
  return isForm ? formOf(incoming.body) : JSON.stringify(incoming.body ?? null)
}

function formOf(parsed: unknown): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parsed ?? {})) for (const one of [value].flat()) if (typeof one === 'string') form.append(name, one)
  return form.toString()
}

function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: NodeJS.AsyncIterator<Uint8Array> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        chunks ??= incoming[Symbol.asyncIterator]()
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(new Uint8Array(value))
      },
      async cancel() {
        await chunks?.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Writes a `Response` to Node.js, and ends it. */
export async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  for (const cookie of response.headers.getSetCookie()) outgoing.appendHeader('set-cookie', cookie)
  if (response.body !== null) {
    for await (const chunk of response.body) {
      if (outgoing.destroyed) break
      if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve).once('close', resolve))
    }
  }
  outgoing.end()
}
