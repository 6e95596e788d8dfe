import type { RefusalKey } from '@latchkey/core'
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { drawTrace } from './arrivals.ts'
import type { Refused } from './refusing.ts'

/** Why a connection failed, as Node's server tells it. */
export interface ConnectionFault extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
}

/** How long a connection that was refused may go on sending, so that what it sends does not keep it from reading our answer. */
const LINGER = 500

/** Answers what Node's parser refuses: headers beyond all bounds, requests that dawdle, and what is no HTTP. Anything else is not worth a word. */
export function connectionFaults(refuse: (refused: Refused) => Promise<Response>): { begin(socket: Duplex, answer: ServerResponse): void; fail(fault: ConnectionFault, socket: Duplex): void } {
  const answers = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  return {
    begin: (socket, answer) => void answers.set(socket, answer),
    fail(fault, socket) {
      if (refused.has(socket)) return
      const key = keyOf(fault)
      const answer = answers.get(socket)
      const isAnswered = answer?.headersSent === true && !answer.writableFinished
      if (key === undefined || isAnswered || !socket.writable) return void socket.destroy()
      refused.add(socket)
      void refuse({ key, trace: drawTrace(), isRead: isReadByPeople(key, fault) })
        .then(spelled)
        .then((text) => socket.end(text))
        .finally(() => setTimeout(() => socket.destroy(), LINGER).unref())
    },
  }
}

function keyOf({ code = '' }: ConnectionFault): RefusalKey | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'body_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  // Whoever has hung up in the middle hears no answer.
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? 'request_malformed' : undefined
}

/** Cookies make headers too large, and browsers keep them. Their headers may have come in more pieces than the last one, which is all there is. */
function isReadByPeople(key: RefusalKey, { rawPacket }: ConnectionFault): boolean {
  const text = rawPacket?.toString('latin1') ?? ''
  return text.includes('text/html') || (key === 'headers_too_large' && !/^accept:[^\r]*json/im.test(text))
}

/** A response as it stands on the wire. */
async function spelled(response: Response): Promise<string> {
  const body = await response.text()
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  headers.set('content-length', String(Buffer.byteLength(body)))
  headers.set('date', new Date().toUTCString())
  return [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`, ...[...headers].map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
}
