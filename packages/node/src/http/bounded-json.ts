/** What bounds a request for a JSON document. */
export interface Bounds {
  readonly fetch: typeof fetch
  /** Seconds until the whole exchange, body included, is given up. */
  readonly timeout: number
  /** The largest body read, in bytes after decompression. */
  readonly maxBytes: number
}

/** A JSON document as it was answered; `body` is undefined unless the status is 200. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/** Asks for a JSON document, following no redirect; throws when the answer is unreachable, too slow, too large or not JSON. */
export async function fetchJson(url: string, { fetch, timeout, maxBytes }: Bounds): Promise<JsonAnswer> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout * 1000),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    return { status: response.status, body: undefined }
  }
  return { status: 200, body: JSON.parse(await readText(response, maxBytes)) }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  // Counted while reading: Content-Length may be absent, wrong, or that of a compressed body. Leaving the loop cancels the stream.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
