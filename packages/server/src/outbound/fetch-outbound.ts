import { type Outbound, type OutboundAnswer, OutboundRefused } from '../ports/outbound.ts'
import { isPublicHost } from './public-host.ts'

const LARGEST = 262_144
const TIMEOUT = 3

/**
 * Calls others by the platform's `fetch`: https only, no address in a private network by its spelling, no redirect, bounded in size and
 * time. What a name resolves to is not seen from here: where that matters, give the server an `outbound` that connects by itself.
 */
export const fetchOutbound: Outbound = async (url, { method = 'GET', headers = {}, body, timeout = TIMEOUT, largest = LARGEST } = {}) => {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (target === undefined || target.protocol !== 'https:' || target.username !== '' || target.password !== '') throw new OutboundRefused('not an https address')
  if (!isPublicHost(target.hostname)) throw new OutboundRefused('an address in a private network')
  const answer = await fetch(target, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(timeout * 1_000), ...(body === undefined ? {} : { body }) })
  const bytes = await readBounded(answer, largest)
  return { status: answer.status, headers: answer.headers, body: new TextDecoder().decode(bytes), bytes } satisfies OutboundAnswer
}

/** A body that has at most this many bytes; rejects when it has more. */
export async function readBounded({ body }: Response, largest: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > largest) throw new Error(`more than ${largest} bytes`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
