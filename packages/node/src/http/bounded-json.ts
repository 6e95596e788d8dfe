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
  const signal = AbortSignal.timeout(timeout * 1000)
  const response = await until(signal, fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal }))
  if (response.status !== 200) {
    await response.body?.cancel()
    return { status: response.status, body: undefined }
  }
  return { status: 200, body: JSON.parse(await readText(response, maxBytes, signal)) }
}

async function readText(response: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  try {
    for (let part = await until(signal, reader.read()); !part.done; part = await until(signal, reader.read())) {
      // Counted while reading: Content-Length may be absent, wrong, or that of a compressed body.
      size += part.value.byteLength
      if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
      text += decoder.decode(part.value, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    reader.cancel(error).catch(() => undefined)
    throw error
  }
}

// Bounds the wait even where `fetch` was replaced by one that ignores the signal.
function until<T>(signal: AbortSignal, outcome: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
