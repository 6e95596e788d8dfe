import type { Outbound, OutboundAnswer, OutboundRequest } from '@latchkey/server'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'
import { addressesOf, type PermittedAddress, pinnedLookup, type Resolve, systemResolve } from './permitted-address.ts'

/** How a server calls others. */
export interface PinnedOutboundOptions {
  /** Authorities, in PEM, that are believed beside those of the system. */
  readonly extraCa?: string | undefined
  /** Who may be called on this machine and in private networks, by http too, as `host:port`. */
  readonly dangerouslyAllowLoopback?: readonly string[]
  /** The addresses of a name; those of the system's resolver unless told. */
  readonly resolve?: Resolve
}

const LARGEST = 262_144
const TIMEOUT = 3

/**
 * Calls others by https at public addresses only. A name is resolved once, all its addresses are looked at, and the connection goes to
 * one of these: what the name resolves to a moment later changes nothing. No redirect is followed, no connection kept, nothing unpacked.
 */
export function pinnedOutbound({ extraCa, dangerouslyAllowLoopback = [], resolve = systemResolve }: PinnedOutboundOptions = {}): Outbound {
  const ca = extraCa === undefined ? undefined : [...getCACertificates('default'), extraCa]
  return async (url, request = {}) => {
    const signal = AbortSignal.timeout((request.timeout ?? TIMEOUT) * 1_000)
    const permitted = await inTime(addressesOf(url, dangerouslyAllowLoopback, resolve), signal)
    const answer = await answered(permitted, request, signal, ca)
    const bytes = await bytesOf(answer, request.largest ?? LARGEST)
    return { status: answer.statusCode ?? 0, headers: headersOf(answer), body: new TextDecoder().decode(bytes), bytes } satisfies OutboundAnswer
  }
}

function answered({ url, addresses }: PermittedAddress, { method = 'GET', headers = {}, body }: OutboundRequest, signal: AbortSignal, ca: readonly string[] | undefined): Promise<IncomingMessage> {
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest
  const options = {
    method,
    headers: { ...headers, 'accept-encoding': 'identity' },
    agent: false,
    lookup: pinnedLookup(addresses),
    signal,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  }
  return new Promise((resolve, reject) => {
    begin(url, options, resolve).on('error', reject).end(body)
  })
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  return new Headers(Object.entries(headersDistinct).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])))
}

/** A body that has at most this many bytes. What is packed is not unpacked, so that it can not grow. */
async function bytesOf(answer: IncomingMessage, largest: number): Promise<Uint8Array> {
  const { 'content-encoding': coding = 'identity' } = answer.headers
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    if (coding !== 'identity') throw new Error(`a body in ${coding}, which was not asked for`)
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > largest) throw new Error(`more than ${largest} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    answer.destroy()
  }
}

/** A resolver can not be told to stop, so that its answer is no longer waited for. */
function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the name was not resolved in time')), { once: true })
    answer.then(resolve, reject)
  })
}
