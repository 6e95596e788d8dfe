import type { FetchImplementation } from 'jose'

const LARGEST = 262_144

/**
 * Fetches a key set of others: no redirect, at most 256 KiB, and after a failure not at all for `pause` milliseconds, so that nobody can
 * make this server call another one as often as they like. Rejects for each of these, and for what is no key set.
 */
export function keyFetch(pause: number): FetchImplementation {
  let resting = -Infinity
  return async (url, options) => {
    if (performance.now() < resting) throw new Error('the last attempt failed moments ago')
    resting = performance.now() + pause
    const answer = await fetch(url, { ...options, redirect: 'manual' })
    if (answer.status !== 200) {
      await answer.body?.cancel()
      throw new Error(`the address of the keys answers ${answer.status}`)
    }
    const text = await readBounded(answer)
    if (!isKeySet(JSON.parse(text))) throw new Error('the address of the keys answers no key set')
    resting = -Infinity
    return new Response(text)
  }
}

function isKeySet(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys) && value.keys.every((key) => typeof key === 'object' && key !== null)
}

async function readBounded({ body }: Response): Promise<string> {
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
