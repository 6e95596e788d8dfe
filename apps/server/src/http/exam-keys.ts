import type { Arrival, RunningServer } from '@latchkey/server'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'

/** What the rotation of keys over HTTP needs. */
export interface ExamKeysParts {
  readonly server: Pick<RunningServer, 'keys'>
  readonly log: Logger
}

/** Rotates the signing keys at once for whoever brings this token, and answers the keys afterwards. @spec RFC 6750 §2.1, §3 */
export function examKeys(token: string, { server, log }: ExamKeysParts): (http: Request, arrival: Arrival) => Promise<Response> {
  return async (http, { trace }) => {
    if (!bears(http, token)) return answered({ error: 'invalid_token' }, 401, { 'www-authenticate': 'Bearer error="invalid_token"' })
    const keys = await server.keys.rotate(undefined, { now: true })
    log.warn({ trace }, 'signing keys rotated over HTTP')
    return answered({ keys }, 200)
  }
}

function bears(http: Request, token: string): boolean {
  const [, brought = ''] = /^Bearer +(\S+)$/i.exec(http.headers.get('authorization') ?? '') ?? []
  return timingSafeEqual(digestOf(brought), digestOf(token))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function answered(body: object, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers } })
}
