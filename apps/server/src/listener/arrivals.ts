import type { RefusalKey } from '@latchkey/core'
import type { Arrival } from '@latchkey/server'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ListenAddress } from '../config/configuration.ts'
import { clientAddress } from './client-address.ts'
import type { Refused } from './refusing.ts'
import type { RequestLog } from './request-log.ts'
import { localeFor } from '../http/site.ts'

/** Answers a request that a listener let in. */
export type Application = (http: Request, arrival: Arrival) => Promise<Response> | Response

/** What stands between a listener and the application. */
export interface ArrivalParts {
  readonly application: Application
  readonly listen: ListenAddress
  readonly requests: RequestLog
  readonly refuse: (refused: Refused) => Promise<Response>
}

const LONGEST_URL = 8_192
/** In bytes, with names and line ends. */
const LONGEST_HEADERS = 16_384
/** More than a browser keeps for a site. */
const MOST_COOKIES = 180

/** Names each request, learns who sent it, refuses what is too large, has it answered and writes its line in the log. */
export function arrivals({ application, listen, requests, refuse }: ArrivalParts): (http: Request, incoming: IncomingMessage) => Promise<Response> {
  const addressOf = clientAddress(listen.proxies)
  return async (http, incoming) => {
    const began = performance.now()
    const trace = drawTrace()
    const address = addressOf(incoming.socket.remoteAddress, incoming.headers)
    requests.begin(trace)
    const key = unfit(http, incoming)
    const answer = await (key === undefined ? application(http, { trace, address }) : refuse({ key, trace, address, isRead: isReadByPeople(http), locales: localeFor(undefined, http) }))
    answer.headers.set('trace-id', trace)
    requests.end({ trace, method: http.method, path: pathOf(incoming.url ?? ''), status: answer.status, took: performance.now() - began, address })
    return answer
  }
}

/** A name that nobody can foresee, under which the operator finds a request again. */
export function drawTrace(): string {
  return randomBytes(20).toString('base64url')
}

/** What keeps a request from being answered at all. @spec RFC 9110 §15.5.15, RFC 6585 §5, RFC 8414 §3.1 */
function unfit(http: Request, { url = '', rawHeaders, headers }: IncomingMessage): RefusalKey | undefined {
  if (url.length > LONGEST_URL) return 'uri_too_long'
  const size = rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)
  if (size > LONGEST_HEADERS || (headers.cookie ?? '').split(';').length > MOST_COOKIES) return 'headers_too_large'
  // A URL object has resolved dots by now, and another spelling of an address must not lead to it.
  return pathOf(url) === pathOf(http.url) ? undefined : 'endpoint_unknown'
}

/** The path of a request target, in either of its forms, as it stands. @spec RFC 9112 §3.2 */
function pathOf(target: string): string {
  const [, path = '/'] = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(target) ?? []
  return path
}

function isReadByPeople(http: Request): boolean {
  return (http.headers.get('accept') ?? '').includes('text/html')
}
