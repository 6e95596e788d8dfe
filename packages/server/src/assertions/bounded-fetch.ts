import type { FetchImplementation } from 'jose'

const LARGEST = 262_144

/**
 * A fetch for documents of others: no redirect, at most 256 KiB, and after a failure none at all for `pause` milliseconds, so that nobody
 * can make this server call another one as often as they like. Rejects for each of these.
 */
export function boundedFetch(pause: number): FetchImplementation {
  let resting = -Infinity
  return async (url, options) => {
    if (performance.now() < resting) throw new Error('the last attempt failed moments ago')
    resting = performance.now() + pause
    const answer = await fetch(url, options)
    const text = await readBounded(answer)
    // Whether it was one is for the caller to judge; only what arrived whole and well ends the rest.
    if (answer.status === 200) resting = -Infinity
    return new Response(answer.status === 200 ? text : null, { status: answer.status === 200 ? 200 : 502 })
  }
}

async function readBounded({ body, status }: Response): Promise<string> {
  if (status !== 200) {
    await body?.cancel()
    return ''
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > LARGEST) throw new Error(`more than ${LARGEST} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
